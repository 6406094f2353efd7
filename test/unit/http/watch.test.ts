// Watching over the wire: everybody asked, `ready`, then every change; resumed, bounded, and ended with the token.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { COMMENT_INTERVAL } from '../../../src/http/watch-stream.ts'
import { type EventReader, readEvents, type ServerEvent } from '../../support/events.ts'
import { problemOf, type Site, startSite } from '../../support/http-site.ts'

const MINUTE = 60_000

async function watch(t: TestContext, site: Site, query = '', more: Parameters<typeof readEvents>[2] = {}) {
  const reader = await readEvents(`${site.url}/v1/watch${query}`, site.token(), more)
  t.after(() => reader.close())
  return reader
}

const publish = (site: Site, userId: string, status: 'busy' | 'away' | 'available') =>
  site.service.publish([{ userId, source: 'spreed', status, message: '' }])

function document(event: ServerEvent | undefined): { user_id: string; status: string } {
  assert.equal(event?.event, 'presence')
  return event.data as { user_id: string; status: string }
}

const said = (events: readonly (ServerEvent | undefined)[]) =>
  events.map((event) => `${document(event).user_id} ${document(event).status}`)

test('one event for each user asked, as they were spelled, then ready, then changes', async (t) => {
  const site = await startSite(t)
  await publish(site, 'ada', 'busy')
  const reader = await watch(t, site, '?user_id=Ada&user_id=bob&user_id=ADA')
  assert.equal(reader.status, 200)
  assert.equal(reader.headers['content-type'], 'text/event-stream; charset=utf-8')
  assert.equal(reader.headers['cache-control'], 'private, no-store')
  const snapshot = await reader.until('ready')
  assert.deepEqual(said(snapshot.slice(0, -1)), ['Ada busy', 'bob unavailable'])
  assert.ok(snapshot.slice(0, -1).every(({ event, id }) => event === 'presence' && id === undefined))
  assert.ok(snapshot.at(-1)?.id)
  await publish(site, 'eva', 'away')
  await publish(site, 'bob', 'away')
  const change = await reader.next()
  assert.deepEqual(said([change]), ['bob away'])
  assert.ok(change?.id)
})

test('POST asks for more users than a URL holds', async (t) => {
  const site = await startSite(t)
  const user_ids = Array.from({ length: 5_000 }, (_, index) => `user${index}@a-rather-long-domain.example`)
  const reader = await watch(t, site, '', { body: { user_ids } })
  assert.equal((await reader.until('ready')).length, 5_001)
})

test('a domain, or everybody, with whoever comes', async (t) => {
  const site = await startSite(t)
  for (const user of ['ada@x', 'bob@y', 'carl']) await publish(site, user, 'busy')
  const ofX = await watch(t, site, '?domain=X')
  const all = await watch(t, site)
  assert.deepEqual(said((await ofX.until('ready')).slice(0, -1)), ['ada@x busy'])
  assert.equal((await all.until('ready')).length, 4)
  await publish(site, 'eva@y', 'away')
  await publish(site, 'EVA@x', 'away')
  assert.deepEqual(said([await ofX.next()]), ['eva@x away'])
  assert.deepEqual(said([await all.next(), await all.next()]), ['eva@y away', 'eva@x away'])
})

test('whoever comes back with the last id is told what they missed, and nothing else', async (t) => {
  const site = await startSite(t)
  for (const user of ['ada', 'bob', 'eva']) await publish(site, user, 'busy')
  const first = await watch(t, site)
  await first.until('ready')
  await publish(site, 'ada', 'away')
  const { id = '' } = (await first.next()) ?? {}
  first.close()
  await publish(site, 'bob', 'away')
  await site.service.forget('eva')
  const second = await watch(t, site, '', { headers: { 'last-event-id': id } })
  const missed = await second.until('ready')
  assert.deepEqual(said(missed.slice(0, -1)), ['bob away', 'eva unavailable'])
  assert.deepEqual(missed.at(-1)?.data, { complete: false })
})

test('an id of another store, or one that is none, brings everybody asked', async (t) => {
  const site = await startSite(t)
  await publish(site, 'ada', 'busy')
  for (const id of ['another-1', 'nonsense', '-', '__proto__-1']) {
    const reader = await watch(t, site, '?user_id=ada&user_id=bob', { headers: { 'last-event-id': id } })
    const events = await reader.until('ready')
    assert.deepEqual([events.length, events.at(-1)?.data], [3, { complete: true }])
  }
})

test('the stream ends with its token, saying so', async (t) => {
  const site = await startSite(t)
  const reader = await watch(t, site, '?user_id=ada')
  await reader.until('ready')
  site.clock.advance(5 * MINUTE)
  assert.equal(site.service.watching.count, 1, 'valid to the last moment')
  site.clock.advance(1_000)
  await reader.until('expired')
  assert.equal(await reader.next(), undefined)
  assert.equal(site.service.watching.count, 0)
})

test('the stream ends when its secret is withdrawn, and only then', async (t) => {
  const site = await startSite(t)
  const reader = await watch(t, site, '?user_id=ada')
  await reader.until('ready')
  const change = (secrets: string[]) => {
    site.tokens.configure({ secrets, expireMinutes: 5 })
    site.server.configure({ allowedOrigins: [] })
  }
  change(['new', 'GEHEIM'])
  await publish(site, 'ada', 'busy')
  assert.deepEqual(said([await reader.next()]), ['ada busy'])
  change(['new'])
  assert.deepEqual((await reader.until('expired')).length, 1)
})

test('a comment now and then keeps proxies awake', async (t) => {
  const site = await startSite(t)
  const reader = await watch(t, site, '?user_id=ada')
  await reader.until('ready')
  site.clock.advance(COMMENT_INTERVAL)
  site.clock.advance(COMMENT_INTERVAL)
  await publish(site, 'ada', 'busy')
  await reader.next()
  assert.equal(reader.comments, 2)
})

test('a reader who stops reading gets the newest state of each user when they go on, not a backlog', async (t) => {
  const site = await startSite(t)
  const message = 'm'.repeat(9_000)
  const users = Array.from({ length: 400 }, (_, index) => `user${index}`)
  const publishAll = (status: 'busy' | 'away') =>
    site.service.publish(users.map((userId) => ({ userId, source: 'spreed', status, message })))
  const reader = await watch(t, site)
  await reader.until('ready')
  reader.response.pause()
  for (let round = 0; round < 10; round += 1) {
    await publishAll('busy')
    await publishAll('away')
  }
  reader.response.resume()
  const last = new Map<string, string>()
  let count = 0
  while ([...last.values()].filter((status) => status === 'away').length < users.length || count < users.length) {
    const { user_id, status } = document(await reader.next())
    last.set(user_id, status)
    count += 1
  }
  assert.ok(count < 20 * users.length, `${count} events`)
})

test('streams beyond the bound are refused, and places become free again', async (t) => {
  const site = await startSite(t, { maxStreams: 1 })
  const first = await watch(t, site, '?user_id=ada')
  await first.until('ready')
  const refused = await site.ask('GET', '/v1/watch?user_id=ada', {
    headers: { authorization: `Bearer ${site.token()}` },
  })
  assert.equal(problemOf(refused).status, 429)
  assert.ok(refused.headers['retry-after'])
  const closed = new Promise((resolve) => first.response.once('close', resolve))
  first.close()
  await closed
  for (;;) {
    const again: EventReader = await watch(t, site, '?user_id=ada')
    if (again.status === 200) break
    again.close()
  }
})

test('a stream that fails ends, is told of in the log, and is in the way of nobody else', async (t) => {
  const site = await startSite(t)
  const other = await watch(t, site, '?user_id=bob')
  const failing = await watch(t, site, '?user_id=ada')
  for (const reader of [other, failing]) await reader.until('ready')
  const broken = t.mock.method(site.service, 'pending', () => {
    throw new Error('broken')
  })
  await publish(site, 'ada', 'busy')
  assert.equal(await failing.next(), undefined)
  const atOnce = await watch(t, site, '?user_id=ada')
  assert.equal(await atOnce.next(), undefined, 'not open for ever without a word')
  broken.mock.restore()
  await publish(site, 'bob', 'away')
  assert.deepEqual(said([await other.next()]), ['bob away'])
  const told = site.log.lines.filter(({ level }) => level === 'error').map(({ text }) => text)
  assert.equal(told.length, 2)
  for (const text of told) assert.match(text, /^a stream of \/v1\/watch failed, and was ended: broken; please report/)
})

test('bad questions are answered like everywhere else', async (t) => {
  const site = await startSite(t)
  const headers = { authorization: `Bearer ${site.token()}` }
  const status = async (path: string, body?: unknown) => {
    return problemOf(
      await site.ask(body === undefined ? 'GET' : 'POST', path, { headers, ...(body !== undefined && { body }) }),
    )
  }
  assert.equal((await status('/v1/watch?user_id=')).status, 400)
  assert.equal((await status('/v1/watch?user_id=a&domain=b')).status, 400)
  assert.equal((await status('/v1/watch?domain=a&domain=b')).status, 400)
  assert.deepEqual((await status('/v1/watch', { user_ids: ['a', 7] })).pointer, '/user_ids/1')
  assert.deepEqual((await status('/v1/watch', {})).pointer, '/user_ids')
  assert.equal((await status('/v1/watch', { user_ids: Array(10_001).fill('a') })).status, 413)
  assert.equal(problemOf(await site.ask('GET', '/v1/watch')).status, 401)
  assert.equal((await site.ask('DELETE', '/v1/watch', { headers })).status, 405)
})

test('the end of the daemon ends the streams', async (t) => {
  const site = await startSite(t)
  const reader = await watch(t, site, '?user_id=ada')
  await reader.until('ready')
  await site.server.close()
  assert.equal(await reader.next(), undefined)
})
