// Publishing to one source through v1: who may, what a source takes, and that the answer is the new document.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../../../src/core/store.ts'
import { authorized, problemOf, type Site, startSite } from '../../support/http-site.ts'

interface Document {
  readonly user_id: string
  readonly status: string
  readonly source: string | null
  readonly sources: Readonly<
    Record<string, { readonly status: string; readonly message: string; readonly expires?: string }>
  >
}

async function change(
  site: Site,
  method: 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  owner = 'ada',
): Promise<Document> {
  const question = { ...authorized(site, owner), ...(body === undefined ? {} : { body }) }
  const answer = await site.ask(method, `/v1/users/${path}`, question)
  assert.equal(answer.status, 200, answer.body)
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  return JSON.parse(answer.body)
}

async function refusal(
  site: Site,
  method: string,
  path: string,
  body?: unknown,
  owner = 'ada',
): Promise<[number, string?]> {
  const question = { ...authorized(site, owner), ...(body === undefined ? {} : { body }) }
  const { status, pointer } = problemOf(await site.ask(method, `/v1/users/${path}`, question))
  return pointer === undefined ? [status] : [status, pointer]
}

async function entriesOf(site: Site): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of site.store.load()) entries.push(entry)
  return entries
}

test('a publication is answered with the new document, when it is saved', async (t) => {
  const site = await startSite(t)
  const document = await change(site, 'PUT', 'Ada/spreed', { status: 'away', message: 'tea' })
  assert.deepEqual([document.user_id, document.status, document.source], ['Ada', 'away', 'spreed'])
  assert.equal(document.sources.spreed?.message, 'tea')
  const [entry] = await entriesOf(site)
  assert.deepEqual([entry?.userId, entry?.presence?.message], ['ada', 'tea'])
  const silent = await change(site, 'PUT', 'ada/spreed', { status: 'busy', message: null, other: 1 })
  assert.equal(silent.sources.spreed?.message, '')
})

test('what users say of themselves lasts as long as they say, to the second', async (t) => {
  const site = await startSite(t)
  const document = await change(site, 'PUT', 'ada/manual', { status: 'busy', expires_in: 90 })
  assert.equal(document.sources.manual?.expires, '2026-11-23T09:01:30.000Z')
  for (const expires_in of [1, 31_536_000, 2.0]) await change(site, 'PUT', 'ada/manual', { status: 'busy', expires_in })
})

test('manual is taken back by DELETE and by a status of null, spreed becomes unavailable', async (t) => {
  const site = await startSite(t)
  for (const [method, body] of [['DELETE'], ['PUT', { status: null }]] as const) {
    await change(site, 'PUT', 'ada/manual', { status: 'busy' })
    assert.deepEqual((await change(site, method, 'ada/manual', body)).sources, {})
  }
  await change(site, 'PUT', 'ada/spreed', { status: 'available', message: 'here' })
  const gone = await change(site, 'DELETE', 'ADA/spreed')
  assert.deepEqual([gone.user_id, gone.status, gone.sources.spreed?.message], ['ADA', 'unavailable', ''])
})

test('taking back what was never published is fine', async (t) => {
  const site = await startSite(t)
  assert.deepEqual((await change(site, 'DELETE', 'ada/manual')).sources, {})
  assert.equal((await change(site, 'DELETE', 'ada/spreed')).status, 'unavailable')
})

test('only users themselves publish and take back, in whatever spelling', async (t) => {
  const site = await startSite(t)
  for (const source of ['manual', 'spreed']) {
    assert.deepEqual(await refusal(site, 'PUT', `ada/${source}`, { status: 'busy' }, 'bob'), [403])
    assert.deepEqual(await refusal(site, 'DELETE', `ada/${source}`, undefined, 'bob'), [403])
  }
  assert.equal(site.service.read('ada').sources.size, 0)
  await change(site, 'PUT', '%C3%84da/spreed', { status: 'busy' }, 'a\u0308DA')
})

test('collectors, unknown sources and built-in ones that are not enabled can not be published to', async (t) => {
  const site = await startSite(t)
  for (const source of ['xmpp', 'asterisk', 'irc', 'calendar', '__proto__', 'constructor', '%00', 'a%2Fb']) {
    assert.deepEqual(await refusal(site, 'PUT', `ada/${source}`, { status: 'busy' }), [400], source)
    assert.deepEqual(await refusal(site, 'DELETE', `ada/${source}`), [400], source)
  }
})

test('a wrong shape is refused with a pointer to the culprit, and nothing is published', async (t) => {
  const site = await startSite(t)
  const cases: [string, unknown, string][] = [
    ['spreed', {}, '/status'],
    ['spreed', { status: 'Away' }, '/status'],
    ['spreed', { status: null }, '/status'],
    ['manual', { status: 5 }, '/status'],
    ['manual', { status: 'busy', message: 5 }, '/message'],
    ['manual', { status: 'busy', message: '🙂'.repeat(10_001) }, '/message'],
    ['manual', { status: 'busy', expires_in: 0 }, '/expires_in'],
    ['manual', { status: 'busy', expires_in: 31_536_001 }, '/expires_in'],
    ['manual', { status: 'busy', expires_in: 1.5 }, '/expires_in'],
    ['manual', { status: 'busy', expires_in: '60' }, '/expires_in'],
    ['manual', { status: 'busy', expires_in: null }, '/expires_in'],
    ['spreed', { status: 'busy', expires_in: 60 }, '/expires_in'],
    ['manual', { status: 'busy', session: 'tab' }, '/session'],
    ['spreed', { status: 'busy', session: 'a'.repeat(129) }, '/session'],
    ['spreed', { status: 'busy', session: 5 }, '/session'],
  ]
  for (const [source, body, pointer] of cases) {
    assert.deepEqual(
      await refusal(site, 'PUT', `ada/${source}`, body),
      [400, pointer],
      JSON.stringify(body).slice(0, 80),
    )
  }
  assert.equal(site.service.read('ada').sources.size, 0)
  assert.deepEqual(await refusal(site, 'DELETE', 'ada/manual?session=tab'), [400])
  assert.deepEqual(await refusal(site, 'DELETE', `ada/spreed?session=${'a'.repeat(129)}`), [400])
  assert.deepEqual(await refusal(site, 'DELETE', 'ada/spreed?session=a&session=b'), [400])
  await change(site, 'PUT', 'ada/manual', { status: 'busy', message: '🙂'.repeat(10_000) })
})

test('size comes before JSON, JSON before the token, the token before the shape, the shape before rights', async (t) => {
  const site = await startSite(t)
  const ask = async (body: unknown, headers = {}) =>
    problemOf(await site.ask('PUT', '/v1/users/ada/nothing', { body, headers })).status
  assert.equal(await ask(Buffer.alloc(4 * 1024 * 1024 + 1, 0x20)), 413)
  assert.equal(await ask('{'), 400)
  assert.equal(await ask({ status: 5 }), 401)
  assert.equal(await ask({ status: 5 }, authorized(site, 'bob').headers), 400)
  assert.deepEqual(await refusal(site, 'PUT', 'ada/manual', { status: 5 }, 'bob'), [400, '/status'])
  assert.deepEqual(await refusal(site, 'PUT', `${'x'.repeat(1025)}/manual`, { status: 'busy' }), [400])
  assert.equal(problemOf(await site.ask('DELETE', '/v1/users/ada/nothing')).status, 401)
})

test('what can not be saved is answered with 503, and not shown', async (t) => {
  const site = await startSite(t)
  site.store.failSaves(new Error('disk full'))
  const answer = await site.ask('PUT', '/v1/users/ada/spreed', { ...authorized(site, 'ada'), body: { status: 'busy' } })
  assert.equal(problemOf(answer).status, 503)
  assert.ok(Number(answer.headers['retry-after']) > 0)
  assert.equal(site.service.read('ada').sources.size, 0)
  site.store.failSaves()
})

test('each session of a user says its own, and the most available of them speaks', async (t) => {
  const site = await startSite(t)
  const say = async (session: string | undefined, status: string, message = '') => {
    const document = await change(site, 'PUT', 'ada/spreed', { status, message, session })
    return [document.sources.spreed?.status, document.sources.spreed?.message]
  }
  const leave = async (query: string) => (await change(site, 'DELETE', `ada/spreed${query}`)).sources.spreed?.status
  assert.deepEqual(await say('left', 'away', 'tea'), ['away', 'tea'])
  assert.deepEqual(await say('right', 'available', 'hello'), ['available', 'hello'])
  assert.deepEqual(await say(undefined, 'busy', 'old'), ['available', 'hello'])
  assert.deepEqual(await say('right', 'unavailable', 'bye'), ['busy', 'old'])
  assert.equal(await leave('?session='), 'away')
  assert.equal(await leave('?session=right'), 'away')
  assert.equal(await leave('?session=left'), 'unavailable')
  await say('left', 'away')
  await say('right', 'busy')
  assert.equal(await leave(''), 'unavailable')
})

test('each session has its own deadline, and the section tells of the last one', async (t) => {
  const site = await startSite(t)
  const expiresAt = async () =>
    (await change(site, 'PUT', 'ada/spreed', { status: 'away', session: 'b' })).sources.spreed?.expires
  await change(site, 'PUT', 'ada/spreed', { status: 'busy', session: 'a', message: 'x' })
  site.clock.advance(60_000)
  const expires = await expiresAt()
  assert.equal(Date.parse(expires ?? ''), site.clock.wall() + 120_000)
  site.clock.advance(60_000)
  const view = site.service.read('ada').sources.get('spreed')
  assert.deepEqual([view?.status, view?.message, view?.since], ['away', '', site.clock.now()])
  site.clock.advance(60_000)
  assert.equal(site.service.read('ada').sources.get('spreed')?.status, 'unavailable')
})

test('the old interface speaks for the session without a name', async (t) => {
  const site = await startSite(t)
  const put = async (status: string) => {
    const body = { AuthenticationToken: site.token('ada'), UserStatus: [{ user_id: 'ada', spreed: { status } }] }
    assert.equal((await site.ask('PUT', '/', { body })).status, 200)
    return site.service.read('ada').sources.get('spreed')?.status
  }
  assert.equal(await put('busy'), 'busy')
  await change(site, 'PUT', 'ada/spreed', { status: 'away', session: 'tab' })
  assert.equal(await put('available'), 'available')
  assert.equal(await put('unavailable'), 'away')
  assert.equal(await put('busy'), 'busy')
  await change(site, 'DELETE', 'ada/spreed?session=tab')
  assert.equal(await put('unavailable'), 'unavailable')
})
