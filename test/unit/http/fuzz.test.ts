// Whatever is sent: never a 5xx, always JSON or a problem, and the server lives on.
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Answer } from '../../support/http-site.ts'
import { problemOf, startSite } from '../../support/http-site.ts'

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
