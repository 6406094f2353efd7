// The board and v1 behind a real nginx, beneath /presence/, over HTTP and HTTPS.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request as requestPlainly } from 'node:http'
import { Agent, request } from 'node:https'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createToken } from '../../src/core/tokens.ts'
import { startDaemon } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { startSite } from '../support/http-site.ts'
import { startNginx, startNginxBefore } from '../support/nginx.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ADA = 'ada@example.test'

const daemon = await startDaemon({
  config: { plugins: 'spreed', board_password: 'wall', server_trusted_proxies: '127.0.0.1' },
})
after(() => daemon.stop())
const nginx = await startNginx({ after }, daemon.url)
const { url } = nginx

/** A POST to the board as its page makes it from this origin, with a browser that says no more than Origin. */
function post(
  url: string,
  path: string,
  { body, cookie, origin = url }: { body?: object; cookie?: string; origin?: string },
) {
  const headers = { origin, ...(cookie === undefined ? {} : { cookie }) }
  return fetch(`${url}/presence/board/${path}`, { method: 'POST', headers, body: JSON.stringify(body ?? {}) })
}

test('the page and its files are where its relative addresses lead', async (t) => {
  const boardFolder = temporaryFolder(t)
  mkdirSync(join(boardFolder, 'assets'))
  writeFileSync(join(boardFolder, 'index.html'), '<!doctype html><title>Board</title>')
  writeFileSync(join(boardFolder, 'assets', 'a-1.js'), '1')
  const site = await startSite(t, { boardFolder })
  const { url } = await startNginx(t, site.url)
  const answer = await fetch(`${url}/presence/board`)
  assert.deepEqual([answer.status, answer.url], [200, `${url}/presence/board/`])
  assert.match(await answer.text(), /<title>Board/)
  assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'/)
  assert.equal((await fetch(new URL('assets/a-1.js', answer.url))).status, 200)
})

test('one signs in, gets tokens, and sees changes the moment they happen', async (t) => {
  const signedIn = await post(url, 'session', { body: { token: daemon.token(ADA) } })
  assert.equal(signedIn.status, 200)
  const [setCookie = ''] = signedIn.headers.getSetCookie()
  assert.doesNotMatch(setCookie, /Secure|Path|Domain/)
  const [cookie = ''] = setCookie.split(';')
  const bought = await post(url, 'token', { cookie })
  assert.equal(bought.status, 200)
  const { token } = (await bought.json()) as { token: string }

  const leaving = new AbortController()
  t.after(() => leaving.abort())
  const watching = await fetch(`${url}/presence/v1/watch?user_id=${encodeURIComponent(ADA)}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: leaving.signal,
  })
  const seen = events(watching)
  assert.match(await seen(/event: ready/), /"status":"unavailable"/)
  await daemon.put([{ user_id: ADA, spreed: { status: 'busy', message: 'behind nginx' } }])
  await seen(/"message":"behind nginx"/)
})

test('the cookie counts for the page at the public name and port alone', async () => {
  const [cookie = ''] = (await post(url, 'session', { body: { token: daemon.token(ADA) } })).headers.getSetCookie()
  const port = new URL(url).port
  for (const origin of [
    daemon.url,
    'http://127.0.0.1',
    `http://sibling.127.0.0.1:${port}`,
    'https://evil.test',
    'null',
  ]) {
    assert.equal((await post(url, 'token', { cookie, origin })).status, 403, origin)
    assert.equal((await post(url, 'session', { body: { password: 'wall' }, origin })).status, 403, origin)
  }
  assert.equal((await post(url, 'token', { cookie })).status, 200)
  // On the other addresses it says nothing.
  const asked = await fetch(`${url}/presence/v1/sources`, { headers: { cookie } })
  assert.equal(asked.status, 401)
})

test('a client of the old daemon asks and publishes at /presence, without a redirect', async () => {
  const body = (section: object) =>
    JSON.stringify({
      AuthenticationToken: daemon.token(ADA),
      Type: 'UserStatus',
      UserStatus: [{ user_id: 'old@example.test', ...section }],
    })
  for (const path of ['/presence', '/presence/']) {
    const spreed = { status: 'busy', message: path }
    const put = await fetch(`${url}${path}`, { method: 'PUT', body: body({ spreed }), redirect: 'error' })
    assert.equal(put.status, 200)
    const answer = await fetch(`${url}${path}`, { method: 'POST', body: body({}), redirect: 'error' })
    assert.deepEqual(((await answer.json()) as { UserStatus: object[] }).UserStatus, [
      { user_id: 'old@example.test', spreed },
    ])
  }
})

test('of several daemons one that is down is passed over, and streams flow all the same', async (t) => {
  const down = `http://127.0.0.1:${await freePort()}`
  const { url } = await startNginxBefore(t, [down, daemon.url, down])
  const headers = { authorization: `Bearer ${daemon.token(ADA)}` }
  for (let count = 0; count < 6; count += 1) {
    const asked = await fetch(`${url}/presence/v1/users/${encodeURIComponent(ADA)}`, { headers })
    assert.equal(asked.status, 200)
  }
  const leaving = new AbortController()
  t.after(() => leaving.abort())
  const seen = events(
    await fetch(`${url}/presence/v1/watch?user_id=nodes@example.test`, { headers, signal: leaving.signal }),
  )
  await seen(/event: ready/)
  await daemon.put([{ user_id: 'nodes@example.test', spreed: { status: 'away', message: 'through one of three' } }])
  await seen(/"message":"through one of three"/)
})

/** An address of this machine that others could reach it by. */
function ownAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
}

test('wrong signatures are counted for the address that nginx saw, whatever a client says of its own', async (t) => {
  const localAddress = ownAddress()
  if (localAddress === undefined) return t.skip('this machine has no address but loopback, which is never counted')
  const guessed = createToken('a guess', ADA, Math.floor(Date.now() / 1000))
  const ask = (count: number, token: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': `198.51.100.${count}` }
      const asked = requestPlainly(`${url}/presence/v1/sources`, { localAddress, headers }, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode))
      })
      asked.once('error', reject)
      asked.end()
    })
  for (let count = 0; count < 30; count += 1) assert.equal(await ask(count, guessed), 401)
  // On a slow machine some are forgiven meanwhile, one in two seconds.
  let more = 1
  while ((await ask(100 + more, guessed)) !== 429) {
    assert.ok(more < 100, 'no guess was ever refused')
    more += 1
  }
  assert.equal(await ask(0, daemon.token(ADA)), 200)
  assert.equal(
    (await fetch(`${url}/presence/v1/sources`, { headers: { authorization: `Bearer ${guessed}` } })).status,
    401,
  )
})

test('wrong passwords are counted for the address that nginx saw, whatever a visitor says of theirs', async () => {
  const guess = (count: number) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'x-forwarded-for': `192.0.2.${count}` }
      // Not the proxy's own address, which is believed.
      const options = { method: 'POST', localAddress: '127.0.0.2', headers }
      const asked = requestPlainly(`${url}/presence/board/session`, options, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode))
      })
      asked.once('error', reject)
      asked.end(JSON.stringify({ password: `wrong ${count}` }))
    })
  const statuses: (number | undefined)[] = []
  for (let count = 0; count < 11; count += 1) statuses.push(await guess(count))
  assert.deepEqual(statuses, [...Array<number>(10).fill(401), 429])
  const elsewhere = await fetch(`${daemon.url}/board/session`, {
    method: 'POST',
    headers: { 'x-forwarded-for': '192.0.2.7' },
    body: JSON.stringify({ password: 'wall' }),
  })
  assert.equal(elsewhere.status, 200)
})

test('over HTTPS the cookie is for HTTPS alone', async (t) => {
  const { tlsUrl, caFile } = nginx
  const agent = new Agent({ ca: readFileSync(caFile) })
  t.after(() => agent.destroy())
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    // Without Origin, as a host application's server asks: then nginx' word counts.
    const asked = request(`${tlsUrl}/presence/board/session`, { method: 'POST', agent }, resolve)
    asked.once('error', reject)
    asked.end(JSON.stringify({ token: daemon.token(ADA) }))
  })
  answer.resume()
  assert.equal(answer.statusCode, 200)
  assert.match(answer.headers['set-cookie']?.join() ?? '', /; Secure$/)
})

test('any user id gets through as it is', async () => {
  for (const user of ['a/b//c@example.test', 'x%2Fy?&#+ z', '\u{1f600}ü']) {
    const path = `/presence/v1/users/${encodeURIComponent(user)}`
    const answer = await fetch(`${nginx.url}${path}`, {
      headers: { authorization: `Bearer ${Buffer.from(daemon.token(user)).toString('base64url')}` },
    })
    assert.equal(answer.status, 200)
    assert.equal(((await answer.json()) as { user_id: string }).user_id, user)
  }
})

/** Reads a stream until its text, from where it was read last, has what is asked for. */
function events(answer: Response): (pattern: RegExp) => Promise<string> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return async (pattern) => {
    while (!pattern.test(text)) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) assert.fail(`the stream ended without ${pattern}: ${text}`)
      text += value
    }
    const seen = text
    text = ''
    return seen
  }
}
