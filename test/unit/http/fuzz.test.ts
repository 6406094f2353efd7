// Whatever is sent: never a 5xx, always JSON or a problem, and the server lives on.
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Answer } from '../../support/http-site.ts'
import { authorized, problemOf, startSite } from '../../support/http-site.ts'

const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH']

/** What Node's client lets into a header. */
const headerLetter = (code: number) => (code === 0x7f ? ' ' : String.fromCharCode(code))

function assertSound(answer: Answer): void {
  assert.ok(answer.status < 500, `${answer.status} ${answer.body}`)
  assert.equal(answer.headers['cache-control'], 'private, no-store')
  if (answer.status >= 400) assert.equal(problemOf(answer).status, answer.status)
}

test('random bytes as a body are refused soundly', async (t) => {
  const site = await startSite(t)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...METHODS), fc.uint8Array({ maxLength: 200 }), async (method, bytes) => {
      assertSound(await site.ask(method, '/', { body: Buffer.from(bytes), agent }))
    }),
  )
})

test('random JSON with a good token is answered soundly, whatever its shape', async (t) => {
  const site = await startSite(t)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const names = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('spreed', 'xmpp', '__proto__'))
  const section = fc.oneof(
    fc.jsonValue({ stringUnit: 'binary' }),
    fc.record({ status: fc.constantFrom('away', 'busy', 'Away'), message: fc.jsonValue() }, { requiredKeys: [] }),
  )
  const entry = fc
    .tuple(fc.jsonValue({ stringUnit: 'binary' }), fc.array(fc.tuple(names, section), { maxLength: 3 }))
    .map(([user_id, sections]) => Object.fromEntries([['user_id', user_id], ...sections]))
  const userStatus = fc.oneof(fc.jsonValue(), fc.array(fc.oneof(entry, fc.jsonValue()), { maxLength: 5 }))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...METHODS), userStatus, async (method, entries) => {
      assertSound(await site.ask(method, '/', { body: site.body(entries), agent }))
    }),
    { numRuns: 300 },
  )
})

test('whatever is published is read back exactly, for any user and message', async (t) => {
  const site = await startSite(t)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const text = fc.string({ unit: 'binary', maxLength: 20 })
  const id = text.filter((value) => value !== '')
  await fc.assert(
    fc.asyncProperty(
      id,
      text,
      fc.constantFrom('available', 'busy', 'away', 'unavailable'),
      async (user_id, message, status) => {
        const entry = { user_id, spreed: { status, message } }
        const answer = await site.ask('POST', '/', { body: site.body([entry]), agent })
        assert.deepEqual(JSON.parse(answer.body), { Type: 'UserStatus', UserStatus: [entry] })
      },
    ),
    { numRuns: 200 },
  )
})

test('random paths and header values are answered soundly', async (t) => {
  const site = await startSite(t)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const printable = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) })
  const value = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map(headerLetter) })
  const path = fc.tuple(fc.constantFrom('/', '/v1/users/', '/v1/'), printable).map(([start, end]) => start + end)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...METHODS), path, value, value, async (method, path, credentials, other) => {
      const headers = { authorization: `Bearer ${credentials}`, origin: other, 'content-type': other, accept: other }
      assertSound(await site.ask(method, path, { headers, agent }))
    }),
    { numRuns: 300 },
  )
})

test('random bytes on a connection end it with a problem or without a word', async (t) => {
  const site = await startSite(t, { limits: { headersTimeout: 30, requestTimeout: 30, checkInterval: 10 } })
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
      const text = await site.raw(Buffer.from(bytes))
      assert.match(text, /^$|^HTTP\/1.1 4\d\d /)
    }),
    { numRuns: 50 },
  )
  assert.equal((await site.ask('HEAD', '/')).status, 200)
})

test('random JSON and queries to v1 with a good token are answered soundly, whatever their shape', async (t) => {
  const site = await startSite(t)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const { headers } = authorized(site, 'ada')
  const value = fc.oneof(
    fc.jsonValue({ stringUnit: 'binary' }),
    fc.constantFrom('busy', 'away', null, 0, 1, 60, 31_536_001, 1e300, ''),
  )
  const body = fc.oneof(
    value,
    fc.record({ status: value, message: value, expires_in: value, session: value }, { requiredKeys: [] }),
    fc.record({ user_ids: fc.oneof(value, fc.array(value)) }),
  )
  const word = fc.oneof(fc.string({ unit: 'binary', maxLength: 5 }), fc.constantFrom('ada', 'manual', 'spreed', '1'))
  const parameter = fc
    .tuple(fc.constantFrom('user_id', 'domain', 'limit', 'cursor', 'session', 'x'), word)
    .map(([name, text]) => `${name}=${encoded(text)}`)
  const path = fc
    .tuple(
      fc.constantFrom('/v1/users', '/v1/users/query', '/v1/users/ada', '/v1/users/ada/manual', '/v1/users/ada/spreed'),
      fc.array(parameter, { maxLength: 3 }),
    )
    .map(([start, parameters]) => `${start}?${parameters.join('&')}`)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...METHODS), path, body, async (method, path, body) => {
      assertSound(await site.ask(method, path, { body: JSON.stringify(body), headers, agent }))
    }),
    { numRuns: 500 },
  )
})

/** In percent-encoding, also where half a surrogate pair can't be; `%` shows what a bad encoding does. */
function encoded(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%'
}
