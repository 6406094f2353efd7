// Many documents at once: users asked for by name, and pages of those known.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, authorized, problemOf, type Site, startSite } from '../../support/http-site.ts'

interface Users {
  readonly users: readonly { readonly user_id: string; readonly status: string }[]
  readonly next_cursor?: string
}

async function ask(site: Site, query: string): Promise<Answer> {
  return site.ask('GET', `/v1/users${query}`, authorized(site))
}

async function users(site: Site, query: string): Promise<Users> {
  const answer = await ask(site, query)
  assert.equal(answer.status, 200, answer.body)
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  return JSON.parse(answer.body)
}

const namesOf = ({ users }: Users): string[] => users.map(({ user_id }) => user_id)

async function publish(site: Site, ...names: readonly string[]): Promise<void> {
  await site.service.publish(
    names.map((userId) => ({ userId, source: 'spreed', status: 'away', message: 'x'.repeat(100) })),
  )
}

test('many users are answered in the order asked, as they were written, repeats and strangers included', async (t) => {
  const site = await startSite(t)
  await publish(site, 'ada@x', 'a+b&c=d@x')
  const { users: documents } = await users(
    site,
    '?user_id=nobody&user_id=ADA%40x&user_id=ada@x&user_id=a%2Bb%26c%3Dd%40x',
  )
  assert.deepEqual(
    documents.map(({ user_id, status }) => [user_id, status]),
    [
      ['nobody', 'unavailable'],
      ['ADA@x', 'away'],
      ['ada@x', 'away'],
      ['a+b&c=d@x', 'away'],
    ],
  )
  const [single] = documents.slice(1)
  const alone = await site.ask('GET', '/v1/users/ADA%40x', authorized(site))
  assert.deepEqual(single, JSON.parse(alone.body))
})

test('a POST asks for more users than an address holds', async (t) => {
  const site = await startSite(t)
  await publish(site, 'user7')
  const user_ids = Array.from({ length: 10_000 }, (_, index) => `user${index}`)
  const answer = await site.ask('POST', '/v1/users/query', { ...authorized(site), body: { user_ids } })
  const asked = JSON.parse(answer.body) as Users
  assert.deepEqual(namesOf(asked), user_ids)
  assert.deepEqual([asked.users[6]?.status, asked.users[7]?.status], ['unavailable', 'away'])
  const none = await site.ask('POST', '/v1/users/query', { ...authorized(site), body: { user_ids: [] } })
  assert.deepEqual(JSON.parse(none.body), { users: [] })
})

test('a question has bounds and a shape, looked at after size, JSON and token', async (t) => {
  const site = await startSite(t)
  const refusal = async (body: unknown, headers = authorized(site).headers) => {
    const { status, pointer } = problemOf(await site.ask('POST', '/v1/users/query', { body, headers }))
    return [status, pointer]
  }
  assert.deepEqual(await refusal({ user_ids: Array(10_001).fill('ada') }), [413, '/user_ids'])
  assert.deepEqual(await refusal({}), [400, '/user_ids'])
  assert.deepEqual(await refusal({ user_ids: 'ada' }), [400, '/user_ids'])
  assert.deepEqual(await refusal({ user_ids: ['ada', ''] }), [400, '/user_ids/1'])
  assert.deepEqual(await refusal({ user_ids: ['ada', 'bob', 5] }), [400, '/user_ids/2'])
  assert.deepEqual(await refusal({ user_ids: ['🙂'.repeat(1025)] }), [400, '/user_ids/0'])
  assert.deepEqual(await refusal('{"user_ids":["\\ud800"]}'), [400, undefined])
  assert.deepEqual(await refusal(Buffer.alloc(4 * 1024 * 1024 + 1, 0x20), {}), [413, undefined])
  assert.deepEqual(await refusal('{', {}), [400, undefined])
  assert.deepEqual(await refusal({ user_ids: 5 }, {}), [401, undefined])
  const longest = await site.ask('POST', '/v1/users/query', {
    ...authorized(site),
    body: { user_ids: ['🙂'.repeat(1024), 'e\u0301'.repeat(512)] },
  })
  assert.equal(longest.status, 200)
})

test('the sentence of a refusal names the culprit and what it must be', async (t) => {
  const site = await startSite(t)
  const body = { user_ids: [''] }
  const { detail } = problemOf(await site.ask('POST', '/v1/users/query', { ...authorized(site), body }))
  assert.equal(detail, 'Each of user_ids must be a string of 1 to 1,024 characters.')
})

test('pages tell everybody known once, with folded ids, and the last has no cursor', async (t) => {
  const site = await startSite(t)
  const names = Array.from({ length: 250 }, (_, index) => `User${index}@${index % 2 === 0 ? 'Kopano.com' : 'x'}`)
  await publish(site, ...names, 'nowhere')
  const walk = async (query: string): Promise<{ sizes: number[]; found: string[] }> => {
    const sizes: number[] = []
    const found: string[] = []
    let page = await users(site, query)
    for (;;) {
      sizes.push(page.users.length)
      found.push(...namesOf(page))
      if (page.next_cursor === undefined) return { sizes, found }
      page = await users(site, `${query}${query === '' ? '?' : '&'}cursor=${encodeURIComponent(page.next_cursor)}`)
    }
  }
  const folded = names.map((name) => name.toLowerCase())
  const all = await walk('')
  assert.deepEqual(all.sizes, [100, 100, 51])
  assert.deepEqual(all.found.sort(), [...folded, 'nowhere'].sort())
  const ofDomain = await walk('?domain=KOPANO.com&limit=50')
  assert.deepEqual(ofDomain.sizes, [50, 50, 25])
  assert.deepEqual(ofDomain.found.sort(), folded.filter((name) => name.endsWith('kopano.com')).sort())
  assert.deepEqual((await walk('?domain=')).found, ['nowhere'])
  assert.deepEqual((await walk('?domain=elsewhere')).found, [])
  assert.deepEqual((await walk('?limit=1000')).sizes, [251])
})

test('a query that means nothing is refused with a sentence', async (t) => {
  const site = await startSite(t)
  const queries: [string, RegExp][] = [
    ['?limit=0', /^The limit must be a whole number from 1 to 1,000\.$/],
    ['?limit=1001', /limit/],
    ['?limit=ten', /limit/],
    ['?limit=1.5', /limit/],
    ['?limit=1&limit=2', /limit .*only once/],
    ['?domain=a&domain=b', /domain .*only once/],
    ['?cursor=', /cursor is not valid/],
    ['?cursor=x.1', /begin again/],
    [`?cursor=${'x'.repeat(257)}`, /cursor/],
    [`?domain=${'x'.repeat(1025)}`, /domain/],
    ['?user_id=', /^Each of user_id must be a string of 1 to 1,024 characters\.$/],
    ['?user_id=%FF', /UTF-8/],
    ['?user_id=%ed%a0%bd', /UTF-8/],
    ['?user_id=%zz', /percent-encoding/],
    ['?user_id=a&domain=b', /not for both/],
    ['?user_id=a&limit=5', /not for both/],
  ]
  for (const [query, expected] of queries) {
    const { status, detail, pointer } = problemOf(await ask(site, query))
    assert.deepEqual([status, pointer], [400, undefined], query)
    assert.match(detail, expected, query)
  }
  assert.deepEqual(await users(site, '?other=1&&'), { users: [] })
})

test('documents of many users need a token', async (t) => {
  const site = await startSite(t)
  assert.equal(problemOf(await site.ask('GET', '/v1/users?limit=0')).status, 401)
})

test('a user who is called query is a user like others', async (t) => {
  const site = await startSite(t)
  await publish(site, 'query')
  const get = await site.ask('GET', '/v1/users/query', authorized(site))
  assert.equal(JSON.parse(get.body).status, 'away')
  assert.equal((await site.ask('DELETE', '/v1/users/query', authorized(site, 'query'))).status, 204)
})

test('each path of v1 says which methods it serves', async (t) => {
  const site = await startSite(t)
  for (const [path, allow] of [
    ['/v1/users', 'GET, HEAD, OPTIONS'],
    ['/v1/users/ada', 'GET, HEAD, DELETE, OPTIONS'],
    ['/v1/users/query', 'GET, HEAD, POST, DELETE, OPTIONS'],
    ['/v1/users/ada/spreed', 'PUT, DELETE, OPTIONS'],
    ['/v1/sources', 'GET, HEAD, OPTIONS'],
  ] as const) {
    const answer = await site.ask('PATCH', path, authorized(site))
    assert.deepEqual([problemOf(answer).status, answer.headers.allow], [405, allow])
  }
})
