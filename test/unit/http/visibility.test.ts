// Whom a token sees: with server_visibility = domain only users of its own domain, on every exit.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { boughtToken, linkCode, signIn } from '../../support/board-visits.ts'
import { readEvents } from '../../support/events.ts'
import { authorized, problemOf, type Site, startSite } from '../../support/http-site.ts'

const EVERYBODY = ['ada@x', 'bob@y', 'eva', 'ida@X', 'carl@']

/** Only the own domain is seen; five users are known. */
async function start(t: TestContext, more: Parameters<typeof startSite>[1] = {}): Promise<Site> {
  const site = await startSite(t, { visibility: 'domain', trustedUsers: ['boss@y'], ...more })
  await publish(site, ...EVERYBODY)
  return site
}

const publish = (site: Site, ...users: readonly string[]) =>
  site.service.publish(users.map((userId) => ({ userId, source: 'spreed', status: 'busy', message: 'hidden?' })))

/** Who is on the pages that these words after the `?` ask for. */
async function page(site: Site, owner: string, query = ''): Promise<readonly string[]> {
  const { body } = await site.ask('GET', `/v1/users${query}`, authorized(site, owner))
  const { users } = JSON.parse(body) as { users: readonly { user_id: string }[] }
  return users.map(({ user_id }) => user_id)
}

async function watch(t: TestContext, site: Site, owner: string, query = '', headers = {}) {
  const reader = await readEvents(`${site.url}/v1/watch${query}`, site.token(owner), { headers })
  t.after(() => reader.close())
  return reader
}

const userIdOf = (event: { data: unknown } | undefined) => (event?.data as { user_id?: string } | undefined)?.user_id

test('a token sees the users of its own domain, in whatever spelling; one without a domain those without', async (t) => {
  const site = await start(t)
  assert.deepEqual(await page(site, 'new@X'), ['ada@x', 'ida@x'])
  assert.deepEqual(await page(site, 'a@b@x'), ['ada@x', 'ida@x'])
  assert.deepEqual(await page(site, 'new'), ['eva', 'carl@'])
  assert.deepEqual(await page(site, 'new@'), ['eva', 'carl@'])
  assert.deepEqual(await page(site, 'x@elsewhere'), [])
  assert.deepEqual(await page(site, 'new@x', '?domain=X'), ['ada@x', 'ida@x'])
  assert.deepEqual(await page(site, 'new@x', '?domain=y'), [])
  assert.deepEqual(await page(site, 'new@x', '?domain='), [])
})

test('trusted users and the reader see everybody', async (t) => {
  const site = await start(t)
  const folded = EVERYBODY.map((userId) => userId.toLowerCase())
  for (const owner of ['BOSS@y', 'kopano-presence:reader', 'kopano-presence:reader-host']) {
    assert.deepEqual(await page(site, owner), folded)
  }
})

test('the operator, who makes backups, sees nobody on the way', async (t) => {
  const site = await start(t)
  assert.deepEqual(await page(site, 'kopano-presence:operator', '?domain=x'), [])
  const { body } = await site.ask('GET', '/v1/users/ada%40x', authorized(site, 'kopano-presence:operator'))
  assert.match(body, /"source":null/)
})

test('a user who is hidden is answered as one who is unknown, to the byte', async (t) => {
  const site = await start(t)
  const { headers } = authorized(site, 'ada@x')
  const answers = async (user: string) => {
    const entry = { user_id: user }
    const body = { AuthenticationToken: site.token('ada@x'), UserStatus: [entry] }
    const path = `/v1/users/${encodeURIComponent(user)}`
    const asked = [
      await site.ask('GET', '/', { body }),
      await site.ask('POST', '/', { body }),
      await site.ask('PUT', '/', { body: { ...body, UserStatus: [{ ...entry, spreed: { status: 'away' } }] } }),
      await site.ask('GET', path, { headers }),
      await site.ask('HEAD', path, { headers }),
      await site.ask('GET', path, { headers: { ...headers, accept: 'application/pidf+xml' } }),
      await site.ask('GET', `/v1/users?user_id=${encodeURIComponent(user)}`, { headers }),
      await site.ask('POST', '/v1/users/query', { headers, body: { user_ids: [user] } }),
      await site.ask('PUT', `${path}/spreed`, { headers, body: { status: 'away' } }),
      await site.ask('DELETE', `${path}/spreed`, { headers }),
      await site.ask('DELETE', path, { headers }),
    ]
    return asked.map(({ status, headers: { date: _date, ...rest }, body: text }) => {
      return [status, rest, text.replaceAll(user, '?')]
    })
  }
  const unknown = await answers('rob@y')
  assert.deepEqual(
    unknown.map(([status]) => status),
    [200, 200, 403, 200, 200, 200, 200, 200, 403, 403, 403],
  )
  assert.deepEqual(await answers('bob@y'), unknown)
})

test('pages and their cursors tell nothing of others', async (t) => {
  const site = await startSite(t, { visibility: 'domain' })
  await publish(site, 'a@x', 'b@x')
  const cursorOf = async () => {
    const { body } = await site.ask('GET', '/v1/users?limit=1', authorized(site, 'a@x'))
    return (JSON.parse(body) as { next_cursor: string }).next_cursor
  }
  const few = await cursorOf()
  await publish(site, ...Array.from({ length: 200 }, (_, index) => `${index}@y`), 'c@x')
  const many = await cursorOf()
  assert.equal(many.length, few.length)
  assert.match(many, /^[\w-]{100,}$/)
  assert.deepEqual(await page(site, 'a@x', `?limit=1&cursor=${many}`), ['b@x'])
  assert.deepEqual(await page(site, 'a@x', `?cursor=${few}`), ['b@x', 'c@x'])
  site.server.configure({ allowedOrigins: [], visibility: 'all' })
  const plain = await cursorOf()
  site.server.configure({ allowedOrigins: [], visibility: 'domain' })
  const refused = await site.ask('GET', `/v1/users?cursor=${plain}`, authorized(site, 'a@x'))
  assert.equal(problemOf(refused).status, 400, 'or the numbers could be tried out')
})

test('a watch of everybody is one of the domain, and nothing is heard of others, whoever is named', async (t) => {
  const site = await start(t)
  const all = await watch(t, site, 'ada@x')
  const named = await watch(t, site, 'ada@x', '?user_id=bob@y&user_id=ada@x&user_id=rob@y')
  const foreign = await watch(t, site, 'ada@x', '?domain=y')
  assert.deepEqual((await all.until('ready')).slice(0, -1).map(userIdOf), ['ada@x', 'ida@x'])
  const told = (await named.until('ready')).slice(0, -1)
  assert.deepEqual(told.map(userIdOf), ['bob@y', 'ada@x', 'rob@y'])
  const [hidden, , unknown] = told.map(({ data }) => data as object)
  assert.deepEqual({ ...hidden, user_id: '' }, { ...unknown, user_id: '' })
  assert.equal((await foreign.until('ready')).length, 1)
  await site.service.publish([{ userId: 'bob@y', source: 'spreed', status: 'away', message: '' }])
  await site.service.forget('bob@y')
  await site.service.publish([{ userId: 'ada@x', source: 'spreed', status: 'away', message: '' }])
  assert.equal(userIdOf(await all.next()), 'ada@x')
  assert.equal(userIdOf(await named.next()), 'ada@x')
  site.tokens.configure({ secrets: ['other'], expireMinutes: 5 })
  site.server.configure({ allowedOrigins: [], visibility: 'domain' })
  assert.equal((await foreign.next())?.event, 'expired', 'and nothing before')
})

test('whoever comes back is told what they missed of their domain, and ids do not count the changes of others', async (t) => {
  const site = await start(t)
  const first = await watch(t, site, 'ada@x')
  const id = (await first.until('ready')).at(-1)?.id ?? ''
  await publish(site, 'new@y', 'new@x')
  await site.service.forget('bob@y')
  const second = await watch(t, site, 'ada@x', '', { 'last-event-id': id })
  const missed = await second.until('ready')
  assert.deepEqual(missed.slice(0, -1).map(userIdOf), ['new@x'])
  assert.deepEqual(missed.at(-1)?.data, { complete: false })
  const ids = [id, missed.at(-1)?.id ?? '', (await first.next())?.id ?? '']
  assert.equal(new Set(ids).size, 3)
  for (const one of ids) assert.match(one, /^[\w-]{123}$/)
  const { epoch, told } = site.service.watching.position
  const guessed = await watch(t, site, 'ada@x', '', { 'last-event-id': `${epoch}-${told[0]}` })
  assert.deepEqual((await guessed.until('ready')).at(-1)?.data, { complete: true }, 'or one could count by guessing')
})

test('what a source is connected to, and its number of users, only trusted users and the command line are told', async (t) => {
  const site = await start(t)
  const members = async (owner: string) => {
    const { body } = await site.ask('GET', '/v1/sources', authorized(site, owner))
    return (JSON.parse(body) as { sources: object[] }).sources.map((source) => Object.keys(source).join())
  }
  const few = Array(3).fill('name,kind,state,since')
  const full = Array(3).fill('name,kind,state,since,users,detail')
  assert.deepEqual(await members('ada@x'), few)
  assert.deepEqual(await members('kopano-presence:reader'), few)
  assert.deepEqual(await members('boss@y'), full)
  assert.deepEqual(await members('kopano-presence:reader-host'), full)
  site.server.configure({ allowedOrigins: [], visibility: 'all' })
  assert.deepEqual(await members('ada@x'), full)
})

test('the board shows its user their domain, and everybody to whom the administrator let in without one', async (t) => {
  const site = await start(t, { boardPassword: 'wall' })
  const seen = async (credential: object) => {
    const { token } = await boughtToken(site, await signIn(site, credential))
    const { body } = await site.ask('GET', '/v1/users', { headers: { authorization: `Bearer ${token}` } })
    return (JSON.parse(body) as { users: object[] }).users.length
  }
  assert.equal(await seen({ token: site.token('ada@x') }), 2)
  assert.equal(await seen({ code: await linkCode(site, 'ada@x') }), 2)
  assert.equal(await seen({ password: 'wall' }), 5)
  assert.equal(await seen({ code: await site.server.boardCode() }), 5)
})

test('streams that would see others now than before end at once, and only those', async (t) => {
  const site = await start(t, { visibility: 'all', trustedUsers: ['boss@y', 'sub@y'] })
  const configure = (visibility: 'all' | 'domain', trustedUsers: string[]) =>
    site.server.configure({ allowedOrigins: [], visibility, trustedUsers })
  const ada = await watch(t, site, 'ada@x', '?user_id=bob@y')
  const boss = await watch(t, site, 'boss@y')
  const sub = await watch(t, site, 'sub@y')
  for (const reader of [ada, boss, sub]) await reader.until('ready')
  configure('all', ['boss@y'])
  configure('domain', ['boss@y', 'sub@y'])
  assert.deepEqual((await ada.until('expired')).length, 1)
  assert.equal(await ada.next(), undefined)
  assert.equal(site.service.watching.count, 2)
  const again = await watch(t, site, 'ada@x', '?user_id=bob@y')
  const [told] = await again.until('ready')
  assert.deepEqual((told?.data as { sources?: object } | undefined)?.sources, {})
  configure('domain', ['boss@y'])
  await sub.until('expired')
  await publish(site, 'new@x')
  assert.equal(userIdOf(await boss.next()), 'new@x')
  configure('all', [])
  await again.until('expired')
  assert.equal(site.service.watching.count, 1, 'who saw everybody still does')
})

test('whoever sees other users now is told everybody anew, not only changes', async (t) => {
  const site = await start(t)
  const first = await watch(t, site, 'ada@x')
  const narrow = (await first.until('ready')).at(-1)?.id ?? ''
  site.server.configure({ allowedOrigins: [], visibility: 'all' })
  const second = await watch(t, site, 'ada@x', '', { 'last-event-id': narrow })
  const wide = await second.until('ready')
  assert.deepEqual([wide.length, wide.at(-1)?.data], [6, { complete: true }])
  site.server.configure({ allowedOrigins: [], visibility: 'domain' })
  const third = await watch(t, site, 'ada@x', '', { 'last-event-id': wide.at(-1)?.id ?? '' })
  const events = await third.until('ready')
  assert.deepEqual([events.length, events.at(-1)?.data], [3, { complete: true }])
})
