// The interface for today's clients: documents, sources, forgetting, and the sign of life.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Site } from '../../support/http-site.ts'
import { authorized, problemOf, startSite } from '../../support/http-site.ts'

const START = '2026-11-23T09:00:00.000Z'

async function document(site: Site, user: string): Promise<unknown> {
  const answer = await site.ask('GET', `/v1/users/${encodeURIComponent(user)}`, authorized(site))
  assert.equal(answer.status, 200, answer.body)
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(answer.headers['cache-control'], 'private, no-store')
  return JSON.parse(answer.body)
}

async function put(site: Site, user_id: string, section: object): Promise<void> {
  assert.equal((await site.ask('PUT', '/', { body: site.body([{ user_id, spreed: section }]) })).status, 200)
}

test('a user of whom nothing is known has an empty document', async (t) => {
  const site = await startSite(t)
  assert.deepEqual(await document(site, 'Nobody@x'), {
    ...{ user_id: 'Nobody@x', status: 'unavailable', message: '', source: null, since: null },
    ...{ stale: false, pending: ['xmpp'], sources: {} },
  })
})

test('a document tells the deciding source, every section with its times, and what is pending', async (t) => {
  const site = await startSite(t)
  await put(site, 'ada', { status: 'away', message: 'tea' })
  site.clock.advance(1500)
  const session = site.service.collector('xmpp')?.open(() => {})
  session?.connected('a test')
  session?.publish('ada', { status: 'busy', message: 'on a call' })
  await site.service.idle()
  const xmpp = {
    status: 'busy',
    message: 'on a call',
    since: '2026-11-23T09:00:01.500Z',
    updated: '2026-11-23T09:00:01.500Z',
  }
  const spreed = { status: 'away', message: 'tea', since: START, updated: START, expires: '2026-11-23T09:02:00.000Z' }
  const expected = {
    ...{ user_id: 'ada', status: 'busy', message: 'on a call', source: 'xmpp', since: '2026-11-23T09:00:01.500Z' },
    ...{ stale: false, pending: ['xmpp'], sources: { xmpp, spreed } },
  }
  assert.deepEqual(await document(site, 'ada'), expected)
  session?.settled()
  await site.service.idle()
  assert.deepEqual(await document(site, 'ada'), { ...expected, pending: [] })
  session?.end('cut')
  assert.deepEqual(await document(site, 'ada'), {
    ...{ ...expected, pending: [], stale: true },
    sources: { xmpp: { ...xmpp, stale: true }, spreed },
  })
})

test('times are told by the wall clock, also after it was set', async (t) => {
  const site = await startSite(t)
  await put(site, 'ada', { status: 'away' })
  site.clock.jumpWall(3_600_000)
  const { since } = (await document(site, 'ada')) as { since: string }
  assert.equal(since, '2026-11-23T10:00:00.000Z')
})

test('any user id fits into a path, and comes back as it was asked', async (t) => {
  const site = await startSite(t)
  for (const user of [
    'a/b',
    'ä?#%&;=+ @',
    '..',
    '.',
    '__proto__',
    '\u0000',
    '🙂'.repeat(1024),
    'users:',
    '*',
    'UPPER',
  ]) {
    await put(site, user, { status: 'away' })
    const { user_id, status } = (await document(site, user)) as { user_id: string; status: string }
    assert.deepEqual([user_id, status], [user, 'away'])
  }
})

test('a user id that is empty, too long or no UTF-8 is refused', async (t) => {
  const site = await startSite(t)
  for (const path of ['', 'x'.repeat(1025), '%FF', '%', '%zz', '%ed%a0%bd', encodeURIComponent('🙂'.repeat(1025))]) {
    const problem = problemOf(await site.ask('GET', `/v1/users/${path}`, authorized(site)))
    assert.equal(problem.status, 400, path)
  }
})

test('the sources are told with their kind, state, users and words', async (t) => {
  const site = await startSite(t)
  await put(site, 'ada', { status: 'away' })
  site.clock.advance(1000)
  const session = site.service.collector('xmpp')?.open(() => {})
  session?.connected('xmpp.example as bot@example')
  const answer = await site.ask('GET', '/v1/sources', authorized(site))
  const { node, sources } = JSON.parse(answer.body)
  assert.equal(node, 'node-a')
  assert.deepEqual(
    sources.map(({ detail, ...rest }: { detail: string }) => [rest, typeof detail]),
    [
      [{ name: 'xmpp', kind: 'collector', state: 'settling', since: '2026-11-23T09:00:01.000Z', users: 0 }, 'string'],
      [{ name: 'spreed', kind: 'publishable', state: 'ready', since: START, users: 1 }, 'string'],
      [{ name: 'manual', kind: 'publishable', state: 'ready', since: START, users: 0 }, 'string'],
    ],
  )
  assert.match(sources[0].detail, /bot@example/)
})

test('a token is needed in the header, for all of v1', async (t) => {
  const site = await startSite(t)
  for (const [method, path] of [
    ['GET', '/v1/users/ada'],
    ['DELETE', '/v1/users/ada'],
    ['GET', '/v1/users'],
    ['DELETE', '/v1/users/ada/manual'],
    ['GET', '/v1/sources'],
  ] as const) {
    const answer = await site.ask(method, path, { body: { AuthenticationToken: site.token() } })
    assert.equal(problemOf(answer).status, 401)
    assert.equal(answer.headers['www-authenticate'], 'Bearer')
  }
})

test('whoever shows a token of their own is forgotten at once, in whatever spelling', async (t) => {
  const site = await startSite(t)
  await put(site, 'Ada@Example', { status: 'away' })
  const answer = await site.ask('DELETE', '/v1/users/ada%40EXAMPLE', authorized(site, 'ADA@example'))
  assert.deepEqual([answer.status, answer.body], [204, ''])
  assert.deepEqual(((await document(site, 'ada@example')) as { sources: object }).sources, {})
  assert.equal((await site.ask('DELETE', '/v1/users/ada%40example', authorized(site, 'ada@example'))).status, 204)
})

test('nobody is forgotten on the word of another', async (t) => {
  const site = await startSite(t)
  await put(site, 'ada', { status: 'away' })
  assert.equal(problemOf(await site.ask('DELETE', '/v1/users/ada', authorized(site, 'bob'))).status, 403)
  assert.equal(((await document(site, 'ada')) as { status: string }).status, 'away')
})

test('forgetting that can not be saved is answered with 503', async (t) => {
  const site = await startSite(t)
  await put(site, 'ada', { status: 'away' })
  site.store.failSaves(new Error('disk full'))
  const answer = await site.ask('DELETE', '/v1/users/ada', authorized(site, 'ada'))
  assert.equal(problemOf(answer).status, 503)
  assert.ok(Number(answer.headers['retry-after']) > 0)
  site.store.failSaves()
})

test('HEAD tells the length of what GET would, and no more', async (t) => {
  const site = await startSite(t)
  for (const path of ['/v1/users/ada', '/v1/sources', '/healthz']) {
    const get = await site.ask('GET', path, authorized(site))
    const head = await site.ask('HEAD', path, authorized(site))
    assert.deepEqual([head.status, head.body], [200, ''])
    assert.equal(head.headers['content-length'], get.headers['content-length'])
  }
})

test('anybody may ask whether the daemon is alive', async (t) => {
  const site = await startSite(t)
  const answer = await site.ask('GET', '/healthz')
  assert.deepEqual([answer.status, JSON.parse(answer.body)], [200, { status: 'alive' }])
})
