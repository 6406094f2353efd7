// The OpenAPI document is sound, and true: answers have the shapes it tells, and every refusal it tells really occurs.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { openApiDocument } from '../../../src/http/openapi.ts'
import { OPERATIONS, type Operation, type RefusalStatus } from '../../../src/http/operations.ts'
import { type Answer, authorized, problemOf, type Question, type Site, startSite } from '../../support/http-site.ts'

interface Asked extends Question {
  readonly path: string
}

const MANY = { user_ids: Array(10_001).fill('ada') }
const LARGE = Buffer.alloc(4 * 1024 * 1024 + 1, 0x20)

/** For each operation a good request (of ada), what makes a 400 of it, and a body that is too large. */
const EXAMPLES: ReadonlyMap<string, { good: Asked; bad?: Asked; large?: unknown }> = new Map([
  ['listUsers', { good: { path: '/v1/users?limit=1' }, bad: { path: '/v1/users?limit=0' } }],
  [
    'queryUsers',
    { good: question('/v1/users/query', ['ada', 'nobody']), bad: question('/v1/users/query', [5]), large: MANY },
  ],
  ['getUser', { good: { path: '/v1/users/ada' }, bad: { path: '/v1/users/%FF' } }],
  ['forgetUser', { good: { path: '/v1/users/ada' }, bad: { path: `/v1/users/${'x'.repeat(1025)}` } }],
  ['publish', { good: publication('manual'), bad: publication('xmpp'), large: LARGE }],
  ['withdraw', { good: { path: '/v1/users/ada/manual' }, bad: { path: '/v1/users/ada/nothing' } }],
  ['watch', { good: { path: '/v1/watch?user_id=ada' }, bad: { path: '/v1/watch?user_id=%FF' } }],
  ['watchUsers', { good: question('/v1/watch', ['ada']), bad: question('/v1/watch', ['']), large: MANY }],
  ['getSources', { good: { path: '/v1/sources' } }],
  ['getDescription', { good: { path: '/v1/openapi.json' } }],
  ['isAlive', { good: { path: '/healthz' } }],
])

function question(path: string, user_ids: unknown): Asked {
  return { path, body: { user_ids } }
}

function publication(source: string): Asked {
  return { path: `/v1/users/ada/${source}`, body: { status: 'busy', message: 'writing', expires_in: 60 } }
}

function example(operation: Operation): { good: Asked; bad?: Asked; large?: unknown } {
  const found = EXAMPLES.get(operation.id)
  assert.ok(found, `${operation.id} needs an example here`)
  return found
}

function send(site: Site, { method }: Operation, { path, ...question }: Asked, owner?: string): Promise<Answer> {
  return site.ask(method.toUpperCase(), path, { ...(owner === undefined ? {} : authorized(site, owner)), ...question })
}

/** A token whose signature has another letter at its end. */
function wrongToken(site: Site): string {
  const token = site.token('ada')
  return `${token.slice(0, -2)}${token.at(-2) === 'A' ? 'Q' : 'A'}=`
}

/** Makes each kind of refusal happen. */
const PROVOCATIONS: { readonly [S in RefusalStatus]: (site: Site, operation: Operation) => Promise<Answer> } = {
  400: (site, operation) => send(site, operation, example(operation).bad ?? { path: '/' }, 'ada'),
  401: (site, operation) => send(site, operation, example(operation).good),
  403: (site, operation) => send(site, operation, example(operation).good, 'bob'),
  413: (site, operation) => {
    const { good, large } = example(operation)
    return send(site, operation, { ...good, body: large }, 'ada')
  },
  429: async (site, operation) => {
    const headers = { 'x-forwarded-for': '192.0.2.7', authorization: `Bearer ${wrongToken(site)}` }
    const wrong = { ...example(operation).good, headers }
    for (let count = 0; count < 30; count += 1) await send(site, operation, wrong)
    return send(site, operation, wrong)
  },
  503: async (site, operation) => {
    site.store.failSaves(new Error('disk full'))
    const answer = await send(site, operation, example(operation).good, 'ada')
    site.store.failSaves()
    return answer
  },
  507: (site, operation) => {
    const { good } = example(operation)
    site.limitUsers(0)
    // Taking back makes a user only where that means unavailable.
    const path = operation.method === 'delete' ? '/v1/users/ada/spreed' : good.path
    return send(site, operation, { ...good, path }, 'ada')
  },
}

/** What any operation may meet, so that it is told once, for all. */
const GENERAL = [404, 405, 408, 431, 500]
/** The same of operations that take no body. */
const WITHOUT_BODY = [...GENERAL, 413]

/** The status of an answer, also of one without an end. */
function statusOf(site: Site, { method }: Operation, { path, body, headers = {} }: Asked): Promise<number> {
  const bytes = Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body ?? '')
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(bytes) }
    const options = { method, headers: { ...length, ...headers }, agent: false }
    const asked = request(new URL(path, site.url), options, (response) => {
      resolve(response.statusCode ?? 0)
      response.destroy()
    })
    asked.on('error', reject)
    asked.end(body === undefined ? undefined : bytes)
  })
}

/** All that may go wrong with any operation, and what is good. */
function* attempts(site: Site, operation: Operation): Generator<Asked> {
  const { good, bad, large } = example(operation)
  const own = authorized(site, 'ada')
  const wrong = { headers: { authorization: `Bearer ${wrongToken(site)}` } }
  yield { ...good, ...own }
  yield { ...(bad ?? good), ...own }
  for (const body of ['{', '[]', '{}', '"\\ud800"', LARGE, ...(large === undefined ? [] : [large])])
    yield { ...good, ...own, body }
  for (const query of ['limit=x', 'cursor=-', 'domain=a&domain=b', 'user_id=&user_id=%FF', 'session=%FF', 'nonsense=1'])
    yield { ...good, path: `${good.path.split('?')[0]}?${query}`, ...own }
  yield {
    ...good,
    headers: { ...own.headers, accept: 'image/png', 'content-type': 'text/plain', 'last-event-id': 'no' },
  }
  yield good
  yield { ...good, headers: { authorization: 'Basic Zm9vOmJhcg==' } }
  yield { ...good, ...authorized(site, 'bob') }
  for (const age of [-3600, 3600]) yield { ...good, headers: { authorization: `Bearer ${site.token('ada', age)}` } }
  yield { ...good, ...wrong }
}

function documentedHeaders({ path, method }: Operation, status: RefusalStatus): string[] {
  const { paths, components } = openApiDocument()
  const response = paths[path]?.[method]?.responses[status]
  assert.ok(response !== undefined && '$ref' in response)
  const documented = components.responses[response.$ref.split('/').at(-1) ?? '']
  assert.ok(documented)
  return Object.keys(documented.headers ?? {})
}

test('the document is what OpenAPI 3.1 asks for', async () => {
  const { valid, errors } = await new Validator().validate({ ...structuredClone(openApiDocument()) })
  assert.ok(valid, JSON.stringify(errors))
})

test('the statuses of each operation are the documented ones: each of them occurs, and no other does', async (t) => {
  const site = await startSite(t, { trustedProxies: ['127.0.0.1'] })
  const full = await startSite(t, { maxStreams: 0 })
  const crowded = await startSite(t)
  for (const [path, methods] of Object.entries(openApiDocument().paths)) {
    for (const [method, { operationId, responses }] of Object.entries(methods)) {
      const operation = OPERATIONS.find(({ id }) => id === operationId)
      assert.ok(operation, operationId)
      const seen = new Set<number>()
      const attempt = async (place: Site, asked: Asked) => {
        const status = await statusOf(place, operation, asked)
        if (!(operation.body === undefined ? WITHOUT_BODY : GENERAL).includes(status)) seen.add(status)
      }
      for (const asked of attempts(site, operation)) await attempt(site, asked)
      for (const asked of attempts(full, operation)) await attempt(full, asked)
      site.store.failSaves(new Error('disk full'))
      for (const asked of attempts(site, operation)) await attempt(site, asked)
      site.store.failSaves()
      if (operation.refusals.length > 0) seen.add((await PROVOCATIONS[429](site, operation)).status)
      if (operation.refusals.includes(507)) seen.add((await PROVOCATIONS[507](crowded, operation)).status)
      // The places of wrong signatures become free again.
      site.clock.advance(60 * 60_000)
      const documented = Object.keys(responses).map(Number)
      assert.deepEqual([...seen].sort(), documented.sort(), `${method} ${path}`)
    }
  }
})

for (const operation of OPERATIONS) {
  const name = `${operation.method.toUpperCase()} ${operation.path}`
  for (const status of operation.refusals) {
    test(`${name} is refused with ${status}, as documented`, async (t) => {
      const site = await startSite(t, { trustedProxies: ['127.0.0.1'] })
      const answer = await PROVOCATIONS[status](site, operation)
      const problem = problemOf(answer)
      assert.equal(problem.status, status, problem.detail)
      assertShape('Problem', problem)
      for (const header of documentedHeaders(operation, status)) {
        assert.ok(answer.headers[header.toLowerCase()], header)
      }
    })
  }

  const shapes = Object.values(operation.content ?? {}).filter((schema) => schema !== undefined)
  if (shapes.length === 0) continue
  test(`${name} answers in the documented shape`, async (t) => {
    const site = await startSite(t)
    const sections = ['ada', 'bob'].map(
      (userId) => ({ userId, source: 'spreed', status: 'away', message: 'tea' }) as const,
    )
    await site.service.publish(sections)
    const answer = await send(site, operation, example(operation).good, 'ada')
    assert.equal(answer.status, operation.status)
    for (const shape of shapes) assertExact(shape, JSON.parse(answer.body))
  })
}

test('a document with every optional member has the documented shape', async (t) => {
  const site = await startSite(t)
  const session = site.service.collector('xmpp')?.open(() => {})
  session?.connected('a test')
  session?.publish('ada', { status: 'busy', message: 'on a call' })
  await site.service.publish([{ userId: 'ada', source: 'manual', status: 'away', message: '' }])
  session?.end('cut')
  const answer = await site.ask('GET', '/v1/users/ada', authorized(site))
  assert.match(answer.body, /"expires":/)
  assert.match(answer.body, /"message":"on a call",[^}]*"stale":true/)
  assertShape('PresenceDocument', JSON.parse(answer.body))
})

test('the document is served to anybody, also to pages of allowed origins', async (t) => {
  const site = await startSite(t, { allowedOrigins: ['https://app.example'] })
  const answer = await site.ask('GET', '/v1/openapi.json', { headers: { origin: 'https://app.example' } })
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(answer.headers['access-control-allow-origin'], 'https://app.example')
  assert.deepEqual(JSON.parse(answer.body), openApiDocument())
})

test('every reference has its target, every component is used, and every parameter of a path is declared', () => {
  const document = openApiDocument()
  const text = JSON.stringify(document)
  const referred = new Set([...text.matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map(([, name]) => name))
  const { schemas, responses } = document.components
  const there = [
    ...Object.keys(schemas).map((name) => `schemas/${name}`),
    ...Object.keys(responses).map((name) => `responses/${name}`),
  ]
  assert.deepEqual([...referred].sort(), there.sort())
  const ids = new Set<string>()
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const { operationId, parameters = [] } of Object.values(methods)) {
      assert.ok(!ids.has(operationId))
      ids.add(operationId)
      const declared = parameters.filter((parameter) => parameter.in === 'path')
      assert.deepEqual(
        declared.map(({ name }) => `{${name}}`),
        path.match(/\{\w+\}/g) ?? [],
      )
      assert.ok(declared.every(({ required }) => required))
    }
  }
  assert.equal(ids.size, OPERATIONS.length)
})

test('each path serves just the documented methods', async (t) => {
  const site = await startSite(t)
  for (const [path, methods] of Object.entries(openApiDocument().paths)) {
    const answer = await site.ask('PATCH', path.replace(/\{(\w+)\}/g, '$1'), authorized(site))
    const allowed = (answer.headers.allow ?? '').toLowerCase().split(', ')
    const inherited = path === '/v1/users/query' ? ['get', 'delete'] : []
    const expected = [...Object.keys(methods), ...inherited].sort()
    assert.deepEqual(allowed.filter((method) => !['head', 'options'].includes(method)).sort(), expected, path)
  }
})

/** Validates against a component, which may refer to others. */
function assertShape(component: string, value: unknown): void {
  const { schemas } = openApiDocument().components
  const schema = { $defs: schemas, $ref: `#/$defs/${component}` }
  const moved = JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/')) as TSchema
  assertExact(moved, value)
}

/** Members that the schema does not tell are mistakes too. */
function assertExact(schema: TSchema, value: unknown): void {
  const strict = JSON.parse(JSON.stringify(schema), (_name, node) => {
    return node?.properties !== undefined &&
      node.type === 'object' &&
      node.additionalProperties === undefined &&
      Object.keys(node.properties).length > 0
      ? { ...node, additionalProperties: false }
      : node
  })
  const errors = Compile(strict as TSchema).Errors(value)
  assert.deepEqual(errors, [], JSON.stringify(value).slice(0, 500))
}
