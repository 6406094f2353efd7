// The hot path answers as the framework does, to the letter, and takes nothing but what is plain.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { SavingError } from '../../../src/core/errors.ts'
import { BodyReader } from '../../../src/http/body.ts'
import { hotPath, LARGEST } from '../../../src/http/hot-path.ts'
import { LIMITS } from '../../../src/http/limits.ts'
import { type Answer, type Site, startSite } from '../../support/http-site.ts'

const USERS = ['ada@a.example', 'ADA@a.example', 'bob@a.example', 'eve@b.example', 'nobody']
const user = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...USERS) },
  fc.constantFrom('', 7, null, 'x'.repeat(1025)),
)
const section = fc.oneof(
  { weight: 6, arbitrary: fc.record({ status: fc.constantFrom('available', 'busy', 'away'), message: fc.string() }) },
  fc.constantFrom(null, {}, { status: 'asleep' }, { status: 'busy', message: 7 }),
)
const entry = fc.record(
  { user_id: user, spreed: section, manual: section, xmpp: section, skype: section },
  { requiredKeys: ['user_id'] },
)
const plainEntry = fc.record({ user_id: fc.constantFrom(...USERS), spreed: section }, { requiredKeys: ['user_id'] })
const bearer = fc.record({
  owner: fc.constantFrom('ada@a.example', 'eve@b.example', 'boss@b.example'),
  kind: fc.constantFrom('body', 'body', 'header', 'both', 'none', 'wrong', 'late', 'number'),
})
const request = fc.record({
  method: fc.constantFrom('GET', 'PUT'),
  entries: fc.oneof(fc.array(plainEntry, { maxLength: 60 }), fc.array(entry, { maxLength: 5 }), fc.constant('none')),
  bearer,
  type: fc.constantFrom('UserStatus', 'UserStatus', undefined, 'Other'),
  cut: fc.constantFrom(0, 0, 0, 1),
})
type Request = typeof request extends fc.Arbitrary<infer Value> ? Value : never

/** What is sent: the body, and a header with a token. */
function written(site: Site, { entries, bearer: { owner, kind }, type, cut }: Request) {
  const good = site.token(owner)
  const bad = kind === 'late' ? site.token(owner, 600) : kind === 'wrong' ? `${good.slice(0, -2)}x=` : good
  const inBody = kind === 'number' ? 7 : kind === 'header' || kind === 'none' ? undefined : bad
  const text = JSON.stringify({ AuthenticationToken: inBody, Type: type, UserStatus: entries })
  const headers = kind === 'header' || kind === 'both' ? { authorization: `Bearer ${good}` } : {}
  return { body: cut === 1 ? text.slice(0, -1) : text, headers }
}

/** Without the time, and without the id that tells one fault from another. */
function comparable({ status, headers: { date: _, ...headers }, body }: Answer) {
  return { status, headers, body: body.replace(/"request_id":"[^"]*"/, '"request_id"') }
}

for (const rights of [
  {},
  { visibility: 'domain', trustedUsers: ['boss@b.example'] },
  { updateScope: 'own', trustedUsers: ['boss@b.example'] },
] as const) {
  test(`a request gets the same answer on either way, with ${JSON.stringify(rights)}`, async (t) => {
    const site = await startSite(t, rights)
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 8 }), async (requests) => {
        for (const one of requests) {
          const question = written(site, one)
          // A query means nothing to the resource, but with it the address is not the plain one.
          const framework = await site.ask(one.method, '/?', question)
          assert.deepEqual(comparable(await site.ask(one.method, '/', question)), comparable(framework))
          await site.clock.advance(20_000)
        }
      }),
      { numRuns: 30 },
    )
  })
}

test('a publication that can not be saved gets the same refusal, and is tried once', async (t) => {
  const site = await startSite(t)
  const body = site.body([{ user_id: 'ada@a.example', spreed: { status: 'busy' } }])
  let tries = 0
  site.store.save = () => {
    tries += 1
    return Promise.reject(new SavingError('the disk is full'))
  }
  const answer = await site.ask('PUT', '/', { body })
  assert.deepEqual([answer.status, answer.headers['retry-after'], tries], [503, '5', 1])
  assert.deepEqual(comparable(answer), comparable(await site.ask('PUT', '/?', { body })))
})

test('what has another address, method or origin, no length or too much of it goes to the framework, all else does not', async (t) => {
  const passed: IncomingMessage[] = []
  const resource = {
    wholeAnswerTo: () => 'plain',
    authenticated: () => ({ entries: [], owner: '' }),
    publications: () => ({ sections: [], ignored: [] }),
    publish: () => Promise.resolve(),
  }
  const parts = { resource, bodies: new BodyReader(LIMITS), isOpen: () => true, isStopping: () => false }
  const handler = hotPath(parts, (request, response) => {
    passed.push(request)
    request.resume().on('end', () => response.end('passed'))
  })
  const server = createServer(handler).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = (head: string, body: string): Promise<string> =>
    new Promise((resolve) => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`${head}\r\nHost: x\r\nConnection: close\r\n\r\n${body}`),
      )
      socket.on('data', (bytes) => {
        text += bytes
      })
      socket.on('close', () => resolve(text))
    })
  for (const method of ['GET', 'PUT']) {
    for (const size of [1, LARGEST]) {
      const answer = await ask(`${method} / HTTP/1.1\r\nContent-Length: ${size}`, 'x'.repeat(size))
      assert.match(answer, method === 'GET' ? /plain$/ : /content-length: 0\r\n/)
    }
  }
  assert.equal(passed.length, 0)
  for (const [head, body] of [
    ['GET /v1/users HTTP/1.1\r\nContent-Length: 1', 'x'],
    ['GET /?x HTTP/1.1\r\nContent-Length: 1', 'x'],
    ['POST / HTTP/1.1\r\nContent-Length: 1', 'x'],
    ['GET / HTTP/1.1\r\nOrigin: https://a.example\r\nContent-Length: 1', 'x'],
    ['PUT / HTTP/1.1\r\nTransfer-Encoding: chunked', '1\r\nx\r\n0\r\n\r\n'],
    ['GET / HTTP/1.1', ''],
    ['PUT / HTTP/1.1\r\nContent-Length: 0', ''],
    [`PUT / HTTP/1.1\r\nContent-Length: ${LARGEST + 1}`, 'x'.repeat(LARGEST + 1)],
  ] as const)
    assert.match(await ask(head, body), /passed/)
  assert.equal(passed.length, 8)
})
