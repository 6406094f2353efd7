// Who may use the board's cookie and sign in to it: its own page, host applications that are named, and nobody else's page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askToken, boughtToken, cookieOf, OWN_PAGE, setCookieOf, signIn } from '../../support/board-visits.ts'
import { problemOf, type Site, startSite } from '../../support/http-site.ts'

const ADA = 'ada@example.test'
const HOST = 'example.test'

type Headers = Readonly<Record<string, string>>

/** What a browser sends for the board's own page. */
const OWN: readonly Headers[] = [
  { 'sec-fetch-site': 'same-origin', origin: 'https://example.test', host: HOST },
  // Behind a proxy that tells the daemon another name, the browser's own word counts.
  { 'sec-fetch-site': 'same-origin', origin: 'https://example.test', host: '127.0.0.1:1234' },
  // Over plain HTTP browsers don't say more than this.
  { origin: 'http://example.test', host: HOST },
  { origin: 'http://example.test:8080', host: 'Example.test:8080' },
  { origin: 'https://example.test', host: 'example.test:443' },
  { origin: 'https://example.test', host: '127.0.0.1:1234', 'x-forwarded-host': 'example.test, inner.test' },
  { origin: 'http://[::1]:1234', host: '[::1]:1234' },
]

/** What it sends for another page, as far as that page can make it. */
const ELSEWHERE: readonly Headers[] = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test', host: HOST },
  // A sibling host name is the same site, and gets the cookie sent.
  { 'sec-fetch-site': 'same-site', origin: 'https://chat.example.test', host: HOST },
  { 'sec-fetch-site': 'same-site', origin: 'https://example.test:8443', host: HOST },
  { 'sec-fetch-site': 'cross-site', origin: 'http://example.test', host: HOST },
  { 'sec-fetch-site': 'none', host: HOST },
  { origin: 'http://evil.test', host: HOST },
  { origin: 'http://chat.example.test', host: HOST },
  { origin: 'http://example.test:8080', host: HOST },
  { origin: 'http://example.test.evil.test', host: HOST },
  { origin: 'null', host: HOST },
  { origin: 'file://', host: HOST, 'x-forwarded-host': '' },
  { origin: 'ftp://example.test', host: HOST },
  { origin: '', host: HOST, 'x-forwarded-host': '' },
  { origin: 'https://', host: HOST },
]

test('a cookie counts for the page of the board alone, not for another origin nor a sibling host name', async (t) => {
  const site = await startSite(t)
  const cookie = await signIn(site, { token: site.token(ADA) })
  for (const headers of OWN) assert.equal((await askToken(site, cookie, headers)).status, 200, JSON.stringify(headers))
  for (const headers of [...ELSEWHERE, {}]) {
    for (const path of ['/board/token', '/board/sign-out']) {
      const answer = await site.ask('POST', path, { headers: { cookie, ...headers } })
      assert.equal(answer.status, 403, `${path} ${JSON.stringify(headers)}`)
      assert.match(problemOf(answer).detail, /Only the page of the board/)
      assert.equal(setCookieOf(answer), undefined)
    }
  }
})

test('a host application whose origin is named gets no further than signing its users in', async (t) => {
  const site = await startSite(t, { allowedOrigins: ['https://app.example'] })
  const cookie = await signIn(site, { token: site.token(ADA) })
  const answer = await askToken(site, cookie, { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' })
  assert.equal(answer.status, 403)
  assert.equal(answer.headers['access-control-allow-origin'], undefined)
})

test('a cookie on /, on /v1 and for a link counts for nothing', async (t) => {
  const site = await startSite(t)
  const cookie = await signIn(site, { token: site.token(ADA) })
  const UserStatus = [{ user_id: ADA, spreed: { status: 'away' } }]
  const requests: ReadonlyArray<readonly [string, string, object?]> = [
    ['GET', '/', { UserStatus }],
    ['PUT', '/', { UserStatus }],
    ['POST', '/', { UserStatus }],
    ['GET', `/v1/users/${ADA}`],
    ['GET', '/v1/users'],
    ['GET', '/v1/watch'],
    ['GET', '/v1/sources'],
    ['PUT', `/v1/users/${ADA}/manual`, { status: 'away' }],
    ['DELETE', `/v1/users/${ADA}`],
    ['POST', '/board/link'],
  ]
  for (const [method, path, body] of requests) {
    const answer = await site.ask(method, path, { body, headers: { cookie, ...OWN_PAGE } })
    assert.equal(answer.status, 401, `${method} ${path}`)
    assert.match(problemOf(answer).detail, /A token is needed/)
  }
})

test('nobody is signed in by a page of another origin, even with a token that is valid', async (t) => {
  const site = await startSite(t, { boardPassword: 'wall', allowedOrigins: ['*', 'https://app.example'] })
  const token = site.token('mallory@evil.test')
  for (const headers of ELSEWHERE) {
    for (const body of [{ token }, { password: 'wall' }, `token=${encodeURIComponent(token)}`]) {
      const answer = await site.ask('POST', '/board/session', { body, headers })
      assert.equal(answer.status, 403, JSON.stringify(headers))
      assert.match(problemOf(answer).detail, /name the origin in server_allowed_origins/)
      assert.equal(setCookieOf(answer), undefined)
    }
  }
  for (const headers of [...OWN, {}]) {
    const answer = await site.ask('POST', '/board/session', { body: { token }, headers })
    assert.equal(answer.status, 200, JSON.stringify(headers))
  }
})

test('a form of a host application signs its user in, and leads to the board', async (t) => {
  const site = await startSite(t, { allowedOrigins: ['https://app.example'] })
  const user = 'ada+ü&x=y@example.test'
  const from = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }
  const answer = await postForm(site, { ...from, 'x-forwarded-proto': 'https' }, user)
  assert.deepEqual([answer.status, answer.headers.location, answer.body], [303, './', ''])
  assert.match(setCookieOf(answer) ?? '', /; SameSite=Strict; Secure$/)
  assert.equal((await boughtToken(site, cookieOf(answer))).user_id, user)
  site.server.configure({ allowedOrigins: [] })
  assert.equal((await postForm(site, { origin: 'https://app.example' }, user)).status, 403)
})

test('an application over HTTPS signs its user in to a board without it too: its cookie is not for TLS alone', async (t) => {
  const site = await startSite(t, { allowedOrigins: ['https://app.example'] })
  for (const headers of [{}, { 'sec-fetch-site': 'cross-site' }]) {
    const answer = await postForm(site, { origin: 'https://app.example', host: HOST, ...headers }, ADA)
    assert.match(setCookieOf(answer) ?? '', /; SameSite=Strict$/)
  }
})

function postForm(site: Site, headers: Headers, user: string) {
  const body = new URLSearchParams({ mode: 'sign-in', token: site.token(user) }).toString()
  return site.ask('POST', '/board/session', {
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })
}
