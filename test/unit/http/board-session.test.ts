// Signing in to the status board: with a token, a code or the password; and when that ends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askToken, boughtToken, cookieOf, linkCode, OWN_PAGE, setCookieOf, signIn } from '../../support/board-visits.ts'
import { problemOf, SECRET, startSite } from '../../support/http-site.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const ADA = 'ada@example.test'

test('a token signs its user in: the cookie is for the board alone, and no script can read it', async (t) => {
  const site = await startSite(t)
  const answer = await site.ask('POST', '/board/session', { body: { token: site.token(ADA) } })
  assert.deepEqual([answer.status, JSON.parse(answer.body)], [200, { user_id: ADA, read_only: false }])
  assert.equal(answer.headers['cache-control'], 'private, no-store')
  assert.match(
    setCookieOf(answer) ?? '',
    /^kopano-presence-board=[\w-]+\.[\w-]+; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  )
})

test('the cookie is for TLS alone wherever the browser came by it', async (t) => {
  const site = await startSite(t)
  const set = async (headers: Record<string, string>) =>
    setCookieOf(await site.ask('POST', '/board/session', { body: { token: site.token(ADA) }, headers })) ?? ''
  const secure = /; SameSite=Strict; Secure$/
  assert.match(await set({ host: 'example.test', origin: 'https://example.test' }), secure)
  assert.match(await set({ 'x-forwarded-proto': 'https' }), secure)
  assert.match(await set({ 'x-forwarded-proto': 'HTTPS, http' }), secure)
  assert.doesNotMatch(await set({ host: 'example.test', origin: 'http://example.test' }), /Secure/)
  assert.doesNotMatch(await set({ 'x-forwarded-proto': 'http' }), /Secure/)
})

test('a cookie buys a token of its user for v1, which lives five minutes', async (t) => {
  const site = await startSite(t)
  const cookie = await signIn(site, { token: site.token(ADA) })
  const bought = await boughtToken(site, cookie)
  assert.deepEqual({ ...bought, token: '' }, { token: '', user_id: ADA, read_only: false, expires_in: 300 })
  assert.equal(bought.token.split(':')[1], ADA)
  const ask = async () =>
    (await site.ask('GET', '/v1/sources', { headers: { authorization: `Bearer ${bought.token}` } })).status
  assert.equal(await ask(), 200)
  site.clock.advance(5 * MINUTE)
  assert.equal(await ask(), 200)
  site.clock.advance(SECOND)
  assert.equal(await ask(), 401)
})

test('it lives five minutes also where tokens live for hours, and less where they live less', async (t) => {
  const site = await startSite(t)
  const cookie = await signIn(site, { token: site.token(ADA) })
  for (const [expireMinutes, expected] of [
    [600, 300],
    [6, 300],
    [5, 300],
    [1, 60],
  ] as const) {
    site.tokens.configure({ secrets: [SECRET], expireMinutes })
    const { token, expires_in } = await boughtToken(site, cookie)
    assert.equal(expires_in, expected)
    const verdict = site.tokens.verify(token)
    assert.equal(verdict.ok && verdict.expires, site.clock.wall() + expected * SECOND)
  }
})

test('a session lasts twelve hours from when it was used last, by the wall clock', async (t) => {
  const site = await startSite(t)
  let cookie = await signIn(site, { token: site.token(ADA) })
  site.clock.advance(30 * MINUTE - 1)
  assert.equal(setCookieOf(await askToken(site, cookie)), undefined)
  site.clock.advance(1)
  const renewed = await askToken(site, cookie, { ...OWN_PAGE, origin: 'https://example.test' })
  assert.match(setCookieOf(renewed) ?? '', /; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/)
  site.clock.advance(12 * HOUR - 30 * MINUTE - 1)
  assert.equal((await askToken(site, cookie)).status, 200)
  site.clock.advance(1)
  assert.equal((await askToken(site, cookie)).status, 401)
  cookie = cookieOf(renewed)
  assert.equal((await boughtToken(site, cookie)).user_id, ADA)
  site.clock.jumpWall(HOUR)
  assert.equal((await askToken(site, cookie)).status, 401)
})

test('a session from the future counts for nothing, but for what two clocks may differ', async (t) => {
  const site = await startSite(t)
  const cookie = await signIn(site, { token: site.token(ADA) })
  site.clock.jumpWall(-5 * MINUTE)
  assert.equal((await askToken(site, cookie)).status, 200)
  site.clock.jumpWall(-1)
  assert.equal((await askToken(site, cookie)).status, 401)
})

test('who is not signed in is told so, and whether a password would do', async (t) => {
  const closed = await startSite(t)
  const refused = await askToken(closed, 'other=1')
  assert.equal(refused.status, 401)
  assert.deepEqual((problemOf(refused) as object as { sign_in: unknown }).sign_in, { password: false })
  const open = await startSite(t, { boardPassword: 'wall' })
  const problem = problemOf(await open.ask('POST', '/board/token', { headers: OWN_PAGE }))
  assert.deepEqual((problem as object as { sign_in: unknown }).sign_in, { password: true })
})

test('a cookie that was tampered with, or is of another daemon, counts for nothing', async (t) => {
  const site = await startSite(t)
  const cookie = await signIn(site, { token: site.token(ADA) })
  const [name = '', value = ''] = cookie.split('=')
  const [text = '', signature = ''] = value.split('.')
  const content = Buffer.from(text, 'base64url').toString()
  const forged = Buffer.from(content.replace(ADA, 'bob@example.test')).toString('base64url')
  const other = await startSite(t)
  other.tokens.configure({ secrets: ['another'], expireMinutes: 5 })
  const { token } = other.tokens.issue(ADA, MINUTE)
  const foreign = await signIn(other, { token })
  for (const wrong of [
    `${name}=${forged}.${signature}`,
    `${name}=${text}.${signature.slice(0, -4)}AAAA`,
    `${name}=${text}.`,
    `${name}=${text}`,
    `${name}=.${signature}`,
    `${name}=`,
    `other=${value}`,
    `KOPANO-PRESENCE-BOARD=${value}`,
    foreign,
  ]) {
    assert.equal((await askToken(site, wrong)).status, 401, wrong)
  }
  // Nor does one hide the genuine one.
  assert.equal((await askToken(site, `a=b; ${foreign}; ${cookie}`)).status, 200)
})

test('a session outlives a change of the secret while the previous one is in force, and goes on under the new one', async (t) => {
  const site = await startSite(t)
  const cookie = await signIn(site, { token: site.token(ADA) })
  site.tokens.configure({ secrets: ['new', SECRET], expireMinutes: 5 })
  site.clock.advance(HOUR)
  const renewed = cookieOf(await askToken(site, cookie))
  site.tokens.configure({ secrets: ['new'], expireMinutes: 5 })
  assert.equal((await askToken(site, cookie)).status, 401)
  assert.equal((await askToken(site, renewed)).status, 200)
})

test('the password opens the board for reading only, until another one is set', async (t) => {
  const site = await startSite(t, { boardPassword: 'wäll' })
  const answer = await site.ask('POST', '/board/session', { body: { password: 'wäll'.normalize('NFD') } })
  assert.deepEqual([answer.status, JSON.parse(answer.body)], [200, { user_id: null, read_only: true }])
  const cookie = cookieOf(answer)
  const bought = await boughtToken(site, cookie)
  assert.deepEqual([bought.user_id, bought.read_only], [null, true])
  const ofAda = await signIn(site, { token: site.token(ADA) })
  site.tokens.configure({ secrets: ['new', SECRET], expireMinutes: 5 })
  site.server.configure({ allowedOrigins: [], boardPassword: 'wäll' })
  assert.equal((await askToken(site, cookie)).status, 200)
  for (const boardPassword of ['other', undefined]) {
    site.server.configure({ allowedOrigins: [], boardPassword })
    assert.equal((await askToken(site, cookie)).status, 401)
    assert.equal((await askToken(site, ofAda)).status, 200)
    assert.equal((await site.ask('POST', '/board/session', { body: { password: 'wäll' } })).status, 401)
    if (boardPassword !== undefined) await signIn(site, { password: boardPassword })
  }
})

test('a wrong password is refused, and one where none is set', async (t) => {
  const site = await startSite(t, { boardPassword: 'wall' })
  for (const password of ['', 'Wall', 'wall ', 'wal', 'wallwall']) {
    const answer = await site.ask('POST', '/board/session', { body: { password } })
    assert.deepEqual([answer.status, problemOf(answer).detail], [401, 'The password is wrong.'])
    assert.equal(setCookieOf(answer), undefined)
  }
  const closed = await startSite(t)
  const answer = await closed.ask('POST', '/board/session', { body: { password: '' } })
  assert.equal(answer.status, 401)
  assert.match(problemOf(answer).detail, /no password; set board_password/)
})

test('guessing the password is slow, from loopback too: ten wrong ones, then the right one must wait as well', async (t) => {
  const site = await startSite(t, { boardPassword: 'wall' })
  const guess = (password: string) => site.ask('POST', '/board/session', { body: { password } })
  for (let count = 0; count < 10; count += 1) assert.equal((await guess(`wrong ${count}`)).status, 401)
  for (const password of ['wrong', 'wall']) {
    const answer = await guess(password)
    assert.deepEqual([answer.status, answer.headers['retry-after']], [429, '10'])
    assert.match(problemOf(answer).detail, /wait 10 seconds/)
  }
  // Tokens and codes can't be guessed, so they need not wait.
  await signIn(site, { token: site.token(ADA) })
  site.clock.advance(10 * SECOND)
  assert.equal((await guess('wall')).status, 200)
  assert.equal((await guess('wrong')).status, 401)
  assert.equal((await guess('wall')).status, 429)
})

test('a password of very many accents holds nobody up', async (t) => {
  const site = await startSite(t, { boardPassword: 'wall' })
  const password = `a${'\u0301'.repeat(60_000)}${'\u0327'.repeat(60_000)}`
  const began = performance.now()
  assert.equal((await site.ask('POST', '/board/session', { body: { password } })).status, 401)
  // In the order that Unicode gives them they would take ten.
  const seconds = (performance.now() - began) / 1000
  assert.ok(seconds < 3, `it took ${seconds} s`)
})

test('guessing from many addresses is slow as well', async (t) => {
  const site = await startSite(t, { boardPassword: 'wall', trustedProxies: ['127.0.0.1'] })
  const guess = (password: string, from: string) =>
    site.ask('POST', '/board/session', { body: { password }, headers: { 'x-forwarded-for': from } })
  for (let count = 0; count < 100; count += 1) assert.equal((await guess('wrong', `192.0.2.${count}`)).status, 401)
  assert.equal((await guess('wall', '198.51.100.1')).status, 429)
  site.clock.advance(SECOND)
  assert.equal((await guess('wall', '198.51.100.1')).status, 200)
})

test('a code signs in once, its user or a reader, within ten minutes', async (t) => {
  const site = await startSite(t)
  const made = await site.ask('POST', '/board/link', { headers: { authorization: `Bearer ${site.token(ADA)}` } })
  const { code, expires_in } = JSON.parse(made.body)
  assert.deepEqual([made.status, expires_in], [200, 600])
  assert.match(code, /^[\w-]{47}$/)
  assert.deepEqual((await boughtToken(site, await signIn(site, { code }))).user_id, ADA)
  const again = await site.ask('POST', '/board/session', { body: { code } })
  assert.equal(again.status, 401)
  assert.match(problemOf(again).detail, /used already, or is too old.*board-link/)

  const late = await linkCode(site, ADA)
  site.clock.advance(10 * MINUTE)
  assert.equal((await site.ask('POST', '/board/session', { body: { code: late } })).status, 401)
  const inTime = await linkCode(site, ADA)
  site.clock.advance(10 * MINUTE - 1)
  // By the daemon's own clock.
  site.clock.jumpWall(HOUR)
  await signIn(site, { code: inTime })

  for (const code of [await site.server.boardCode(), await linkCode(site, 'kopano-presence:reader-host')]) {
    const bought = await boughtToken(site, await signIn(site, { code }))
    assert.deepEqual([bought.user_id, bought.read_only], [null, true])
  }
})

test('the user of whom the links for reading are made changes nothing, and has no session', async (t) => {
  const site = await startSite(t)
  const token = site.token('kopano-presence:reader-host')
  const signIn = await site.ask('POST', '/board/session', { body: { token } })
  assert.equal(signIn.status, 403)
  const own = '/v1/users/kopano-presence:reader-host/spreed'
  const headers = { authorization: `Bearer ${token}` }
  assert.equal((await site.ask('PUT', own, { headers, body: { status: 'busy' } })).status, 403)
  const entries = [{ user_id: ADA, spreed: { status: 'busy' } }]
  const put = await site.ask('PUT', '/', { body: { AuthenticationToken: token, UserStatus: entries } })
  assert.equal(put.status, 403)
})

test('no other reserved user makes a link, or tokens of minutes would become sessions of hours', async (t) => {
  const site = await startSite(t)
  for (const user of ['kopano-presence:reader', 'kopano-presence:operator', 'Kopano-Presence:Operator']) {
    const headers = { authorization: `Bearer ${site.token(user)}` }
    assert.equal((await site.ask('POST', '/board/link', { headers })).status, 403, user)
  }
})

test('a code ends with the secret of its time', async (t) => {
  const site = await startSite(t)
  const [first, second] = [await site.server.boardCode(), await site.server.boardCode()]
  site.tokens.configure({ secrets: ['new', SECRET], expireMinutes: 5 })
  await signIn(site, { code: first })
  site.tokens.configure({ secrets: ['new'], expireMinutes: 5 })
  assert.equal((await site.ask('POST', '/board/session', { body: { code: second } })).status, 401)
})

test('an address that has shown too many wrong codes waits before the store is asked again, and others do not', async (t) => {
  const site = await startSite(t, { trustedProxies: ['127.0.0.1'] })
  const show = (code: string, from = '192.0.2.1') =>
    site.ask('POST', '/board/session', { body: { code }, headers: { 'x-forwarded-for': from } })
  const right = await linkCode(site, ADA)
  const wrong = `${right.slice(0, -4)}AAAA`
  for (let count = 0; count < 30; count += 1) assert.equal((await show(wrong)).status, 401)
  for (const code of [wrong, right]) {
    const answer = await show(code)
    assert.deepEqual([answer.status, answer.headers['retry-after']], [429, '2'])
  }
  assert.equal((await show(wrong, '192.0.2.2')).status, 401)
  site.clock.advance(2 * SECOND)
  assert.equal((await show(right)).status, 200)
})

test('of too many codes of one user the oldest goes, and nobody else loses theirs', async (t) => {
  const site = await startSite(t)
  const ofBob = await linkCode(site, 'bob@example.test')
  const codes: string[] = []
  for (const user of [ADA, 'ADA@example.test']) for (let n = 0; n < 6; n += 1) codes.push(await linkCode(site, user))
  const statuses: number[] = []
  for (const code of [ofBob, ...codes])
    statuses.push((await site.ask('POST', '/board/session', { body: { code } })).status)
  assert.deepEqual(statuses, [200, 401, 401, ...Array<number>(10).fill(200)])
})

test('a link needs a valid token', async (t) => {
  const site = await startSite(t)
  const cookie = await signIn(site, { token: site.token(ADA) })
  for (const headers of [{}, { cookie, ...OWN_PAGE }, { authorization: `Bearer ${site.token(ADA, 301)}` }]) {
    assert.equal((await site.ask('POST', '/board/link', { headers })).status, 401)
  }
})

test('whoever may only read can read everybody, change nothing, and make no way in that would outlast the password', async (t) => {
  const site = await startSite(t, { boardPassword: 'wall' })
  await site.service.publish([{ userId: ADA, source: 'spreed', status: 'busy', message: 'writing' }])
  const cookie = await signIn(site, { password: 'wall' })
  const { token } = await boughtToken(site, cookie)
  const headers = { authorization: `Bearer ${token}` }
  const document = await site.ask('GET', `/v1/users/${ADA}`, { headers })
  assert.equal(JSON.parse(document.body).message, 'writing')
  const entry = { user_id: ADA, spreed: { status: 'away' } }
  const reading = { UserStatus: [{ user_id: ADA }] }
  assert.equal((await site.ask('POST', '/', { headers, body: reading })).status, 200)
  assert.equal((await site.ask('PUT', '/', { headers, body: reading })).status, 200)
  const own = '/v1/users/Kopano-Presence:READER'
  const writes: ReadonlyArray<readonly [string, string, object?]> = [
    ['PUT', '/', { UserStatus: [entry] }],
    ['POST', '/', { UserStatus: [entry] }],
    ['PUT', `/v1/users/${ADA}/spreed`, { status: 'away' }],
    ['PUT', `${own}/manual`, { status: 'away' }],
    ['DELETE', `/v1/users/${ADA}/spreed`],
    ['DELETE', `${own}/manual`],
    ['DELETE', `/v1/users/${ADA}`],
    ['DELETE', own],
    ['POST', '/board/link'],
    ['POST', '/board/session', { token }],
  ]
  for (const [method, path, body] of writes) {
    const answer = await site.ask(method, path, { headers, body })
    assert.equal(answer.status, 403, `${method} ${path}: ${answer.body}`)
    assert.match(problemOf(answer).detail, /reading only/)
  }
  const shouted = site.token('KOPANO-PRESENCE:Reader')
  assert.equal((await site.ask('DELETE', own, { headers: { authorization: `Bearer ${shouted}` } })).status, 403)
  assert.equal(JSON.parse((await site.ask('GET', `/v1/users/${ADA}`, { headers })).body).message, 'writing')
})

test('signing out makes the browser forget', async (t) => {
  const site = await startSite(t)
  const cookie = await signIn(site, { token: site.token(ADA) })
  const answer = await site.ask('POST', '/board/sign-out', { headers: { cookie, ...OWN_PAGE } })
  assert.deepEqual([answer.status, answer.body], [204, ''])
  assert.equal(setCookieOf(answer), 'kopano-presence-board=; Max-Age=0; HttpOnly; SameSite=Strict')
})

test('what is no credential is refused with what it must be', async (t) => {
  const site = await startSite(t, { boardPassword: 'wall' })
  const cases: ReadonlyArray<readonly [unknown, number, RegExp]> = [
    [undefined, 400, /no body/],
    ['{', 400, /not JSON/],
    ['[]', 400, /not an object/],
    [{}, 400, /exactly one of token, code and password/],
    [{ token: site.token(), password: 'wall' }, 400, /exactly one/],
    [{ password: 7 }, 400, /The password must be a string/],
    [{ code: null }, 400, /The code must be a string/],
    [{ code: '' }, 401, /used already/],
    [{ token: 'x' }, 401, /malformed/],
    [{ token: site.token(ADA, 301) }, 401, /expired/],
    [{ token: `${site.token(ADA).slice(0, -5)}AAAA=` }, 401, /signature is wrong/],
    ['name=x', 400, /no field "token"/],
    ['token=', 401, /malformed/],
    [Buffer.from([0xff]), 400, /UTF-8/],
  ]
  for (const [body, status, detail] of cases) {
    const answer = await site.ask('POST', '/board/session', { body })
    assert.equal(answer.status, status, answer.body)
    assert.match(problemOf(answer).detail, detail)
    assert.equal(setCookieOf(answer), undefined)
  }
})

test('a user whose cookie no browser would keep is told so, and one of any other letters is not', async (t) => {
  const site = await startSite(t)
  const long = '\u{1f600}'.repeat(1024)
  const answer = await site.ask('POST', '/board/session', { body: { token: site.token(long) } })
  assert.equal(answer.status, 400)
  assert.match(problemOf(answer).detail, /too long for the board/)
  for (const user of ['Ünlaut@example.test', 'a; b=c, "d"\n', '__proto__', 'x'.repeat(1024)]) {
    const cookie = await signIn(site, { token: site.token(user) })
    assert.equal((await boughtToken(site, cookie)).user_id, user)
    const encoded = Buffer.from(site.token(user)).toString('base64url')
    assert.equal((await boughtToken(site, await signIn(site, { token: encoded }))).user_id, user)
  }
})
