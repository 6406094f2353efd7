// For whom a token may publish through `/`: anybody, its own domain, or its own user; and trusted users for everybody.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../../src/http/problem.ts'
import { Rights, type UpdateScope } from '../../../src/http/rights.ts'
import { type Answer, problemOf, type Site, startSite } from '../../support/http-site.ts'

const AWAY = { status: 'away' }

/** Publishes spreed for these users, all in one request. */
function publish(site: Site, owner: string, users: readonly string[], method = 'PUT'): Promise<Answer> {
  const UserStatus = users.map((user_id) => ({ user_id, spreed: AWAY }))
  return site.ask(method, '/', { body: { AuthenticationToken: site.token(owner), UserStatus } })
}

async function allows(site: Site, owner: string, user: string): Promise<boolean> {
  const answers = [await publish(site, owner, [user]), await publish(site, owner, [user], 'POST')]
  const [status, ...rest] = answers.map((answer) => answer.status)
  assert.deepEqual(rest, [status])
  assert.ok(status === 200 || status === 403, String(status))
  return status === 200
}

test('any: a token publishes for everybody, as it always did', async (t) => {
  const site = await startSite(t)
  assert.equal(await allows(site, 'ada@x', 'bob@y'), true)
  assert.equal(await allows(site, 'ada@x', 'bob'), true)
})

test('domain: a token publishes for users of its own domain, in whatever spelling, and for no others', async (t) => {
  const site = await startSite(t, { updateScope: 'domain' })
  const may = (owner: string, user: string) => allows(site, owner, user)
  assert.equal(await may('ada@x', 'bob@X'), true)
  assert.equal(await may('ada@stra\u00dfe\u00e9', 'bob@STRA\u00dfEe\u0301'), true)
  assert.equal(await may('ada@y@x', 'bob@x'), true)
  assert.equal(await may('ada@🙂.ws', 'bob@🙂.WS'), true)
  assert.equal(await may('ada', 'bob'), true)
  assert.equal(await may('ada', 'bob@'), true)
  assert.equal(await may('ada@x', 'bob@y'), false)
  assert.equal(await may('ada@x', 'bob@x@y'), false)
  assert.equal(await may('ada@x', 'bob'), false)
  assert.equal(await may('ada', 'bob@x'), false)
  assert.equal(await may('ada@x', 'bob@sub.x'), false)
})

test('own: a token publishes for its own user alone, in whatever spelling', async (t) => {
  const site = await startSite(t, { updateScope: 'own' })
  assert.equal(await allows(site, 'ada@x', 'ADA@X'), true)
  assert.equal(await allows(site, 'ada@x', 'bob@x'), false)
  assert.equal(await allows(site, 'ada', 'ada@x'), false)
})

test('trusted users publish for everybody, whatever the scope', async (t) => {
  for (const updateScope of ['any', 'domain', 'own'] as const) {
    for (const visibility of ['all', 'domain'] as const) {
      const site = await startSite(t, { updateScope, visibility, trustedUsers: ['Backend@x'] })
      assert.equal((await publish(site, 'backend@X', ['ada@x', 'bob@y', 'eva'])).status, 200)
    }
  }
})

test('one who sees only their own domain publishes for no other, whatever the scope', async (t) => {
  const site = await startSite(t, { updateScope: 'any', visibility: 'domain' })
  assert.equal(await allows(site, 'ada@x', 'bob@x'), true)
  assert.equal(await allows(site, 'ada@x', 'bob@y'), false)
  const own = await startSite(t, { updateScope: 'own', visibility: 'domain' })
  assert.equal(await allows(own, 'ada@x', 'bob@x'), false)
})

test('a refusal names the first culprit, and nothing of the request is published', async (t) => {
  const site = await startSite(t, { updateScope: 'domain' })
  const problem = problemOf(await publish(site, 'ada@x', ['ada@x', 'bob@y', 'eva@z']))
  assert.deepEqual([problem.status, problem.pointer], [403, '/UserStatus/1/spreed'])
  assert.match(problem.detail, /^spreed can only be published with a token of a user of the same domain, or .*trusted/)
  assert.equal(site.service.read('ada@x').sources.size, 0)
  site.server.configure({ allowedOrigins: [], updateScope: 'own' })
  const own = problemOf(await publish(site, 'ada@x', ['ada@x', 'bob@x']))
  assert.deepEqual([own.status, own.pointer], [403, '/UserStatus/1/spreed'])
  assert.match(own.detail, /^spreed can only be published with a token of the user themself/)
  assert.equal((await publish(site, 'ada@x', ['ada@x'])).status, 200)
})

test('the shape comes before the rights, and what is not published needs none', async (t) => {
  const site = await startSite(t, { updateScope: 'own' })
  const ask = (entries: object[], method = 'PUT') =>
    site.ask(method, '/', { body: { AuthenticationToken: site.token('ada'), UserStatus: entries } })
  const bad = [
    { user_id: 'bob', spreed: AWAY },
    { user_id: 'eva', spreed: { status: 'asleep' } },
  ]
  assert.equal(problemOf(await ask(bad)).status, 400)
  const entries = [{ user_id: 'bob', xmpp: AWAY }, { user_id: 'eva' }, { user_id: 'ada', spreed: AWAY }]
  const answer = await ask(entries, 'POST')
  assert.deepEqual([answer.status, answer.headers['presence-ignored']], [200, 'xmpp'])
})

test('what users say of themselves stays theirs, whatever the scope', async (t) => {
  for (const updateScope of ['any', 'domain', 'own'] satisfies UpdateScope[]) {
    const site = await startSite(t, { updateScope })
    const ask = (owner: string) =>
      site.ask('PUT', '/', {
        body: { AuthenticationToken: site.token(owner), UserStatus: [{ user_id: 'ada@x', manual: AWAY }] },
      })
    assert.deepEqual([(await ask('bob@x')).status, (await ask('ada@x')).status], [403, 200])
  }
})

test('who is meant by the user map must be of the domain, too; oneself one may always mean', () => {
  const lines = new Map([
    ['u-1', 'ada@x'],
    ['u-2', 'bob@x'],
    ['eva@y', 'eva@x'],
  ])
  const userOf = (_source: string, userId: string) => lines.get(userId) ?? userId
  const rights = new Rights({ updateScope: 'domain' }, { userOf })
  const may = (owner: string, userId: string) => rights.refusalOf(owner, userId, 'spreed', false) === undefined
  assert.equal(may('u-1', 'u-1'), true)
  assert.equal(may('u-1', 'u-2'), false)
  assert.equal(may('u-1', 'u-3'), true)
  assert.equal(may('mallory@y', 'eva@y'), false)
  assert.equal(may('mallory@x', 'eva@y'), false)
})

test('a reader publishes nothing, whatever the scope', () => {
  const rights = new Rights({ trustedUsers: ['kopano-presence:reader'] }, { userOf: (_source, userId) => userId })
  assert.throws(() => rights.checkWriter('Kopano-Presence:Reader'), Problem)
  assert.equal(rights.speaksFor('kopano-presence:reader', 'ada'), false)
})
