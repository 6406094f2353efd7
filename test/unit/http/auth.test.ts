// Where a token may stand, what its bearer is told, and when an address has guessed too often.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createToken } from '../../../src/core/tokens.ts'
import type { Answer, Site } from '../../support/http-site.ts'
import { problemOf, startSite } from '../../support/http-site.ts'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const base64url = (token: string) => Buffer.from(token).toString('base64url')

/** Asks with this in the body, or nothing, and these headers. */
function ask(site: Site, token: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return site.ask('GET', '/', { body: { AuthenticationToken: token, UserStatus: [] }, headers })
}

test('a token counts in the body, and in the header as it is or as base64url', async (t) => {
  const site = await startSite(t)
  const token = site.token('jürgen:1@müller.example')
  for (const answer of [
    await ask(site, token),
    await ask(site, undefined, bearer(base64url(token))),
    await ask(site, null, bearer(base64url(token))),
    await ask(site, undefined, { authorization: `bearer   ${Buffer.from(token).toString('latin1')}` }),
    await ask(site, undefined, bearer(token)),
  ]) {
    assert.equal(answer.status, 200, answer.body)
  }
})

test('of a token in the body and one in the header the body counts', async (t) => {
  const site = await startSite(t)
  assert.equal((await ask(site, site.token(), bearer('1:x:y'))).status, 200)
  assert.equal((await ask(site, '1:x:y', bearer(site.token()))).status, 401)
  assert.equal((await ask(site, '', bearer(site.token()))).status, 401)
})

test('Basic credentials, which old clients send, count for nothing', async (t) => {
  const site = await startSite(t)
  const basic = { authorization: `Basic ${Buffer.from('presence:presence').toString('base64')}` }
  assert.equal((await ask(site, site.token(), basic)).status, 200)
  assert.match(problemOf(await ask(site, undefined, basic)).detail, /needed/)
})

test('each refusal says what is wrong with the token, and asks for a Bearer token', async (t) => {
  const site = await startSite(t)
  const cases: [unknown, RegExp][] = [
    [undefined, /needed/],
    [5, /malformed/],
    [{}, /malformed/],
    ['ada', /malformed/],
    [createToken('other', 'ada', Math.floor(site.clock.wall() / 1000)), /signature is wrong/],
    [site.token('ada', 301), /expired/],
    [site.token('ada', -301), /future/],
  ]
  for (const [token, expected] of cases) {
    const answer = await ask(site, token)
    const problem = problemOf(answer)
    assert.equal(problem.status, 401)
    assert.match(problem.detail, expected)
    assert.equal(answer.headers['www-authenticate'], 'Bearer')
    assert.doesNotMatch(answer.body, /GEHEIM|ada/)
  }
})

test('a token of a withdrawn secret is refused from the next request on', async (t) => {
  const site = await startSite(t)
  const token = site.token()
  assert.equal((await ask(site, token)).status, 200)
  site.tokens.configure({ secrets: ['new'], expireMinutes: 5 })
  assert.equal((await ask(site, token)).status, 401)
})

const BEHIND_PROXY = { trustedProxies: ['127.0.0.0/8'] }

/** Shows so many wrong signatures from an address; returns the last answer. */
async function guess(site: Site, times: number, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const token = createToken('a guess', 'ada', Math.floor(site.clock.wall() / 1000))
  let answer = await ask(site, token, headers)
  for (let guesses = 1; guesses < times; guesses += 1) answer = await ask(site, token, headers)
  return answer
}

test('too many wrong signatures from one address are answered with 429, until time has passed', async (t) => {
  const site = await startSite(t, BEHIND_PROXY)
  const guesser = { 'x-forwarded-for': '192.0.2.7' }
  assert.equal((await guess(site, 30, guesser)).status, 401)
  const refused = await guess(site, 1, guesser)
  assert.equal(problemOf(refused).status, 429)
  site.clock.advance(1000 * Number(refused.headers['retry-after']))
  assert.equal((await guess(site, 1, guesser)).status, 401)
})

test('a guessing address keeps its valid tokens, and its expired ones are only expired', async (t) => {
  const site = await startSite(t, BEHIND_PROXY)
  const guesser = { 'x-forwarded-for': '192.0.2.7' }
  assert.equal((await guess(site, 40, guesser)).status, 429)
  assert.equal((await ask(site, site.token(), guesser)).status, 200)
  assert.equal((await ask(site, site.token('ada', 999), guesser)).status, 401)
  assert.equal((await guess(site, 1, { 'x-forwarded-for': '192.0.2.8' })).status, 401)
})

test('expired and malformed tokens are never counted', async (t) => {
  const site = await startSite(t, BEHIND_PROXY)
  const headers = { 'x-forwarded-for': '192.0.2.7' }
  for (let times = 0; times < 40; times += 1) {
    assert.equal((await ask(site, site.token('ada', 999), headers)).status, 401)
    assert.equal((await ask(site, 'nonsense', headers)).status, 401)
  }
})

test('loopback is never refused, and what a stranger says of forwarding is not believed', async (t) => {
  const site = await startSite(t)
  assert.equal((await guess(site, 40, {})).status, 401)
  assert.equal((await guess(site, 40, { 'x-forwarded-for': '192.0.2.7' })).status, 401)
  const proxied = await startSite(t, BEHIND_PROXY)
  assert.equal((await guess(proxied, 40, {})).status, 401)
  assert.equal((await guess(proxied, 40, { 'x-forwarded-for': 'unknown' })).status, 401)
})

test('the address is the last one that is not a trusted proxy, so nobody can hide behind invented ones', async (t) => {
  const site = await startSite(t, BEHIND_PROXY)
  const token = createToken('a guess', 'ada', Math.floor(site.clock.wall() / 1000))
  let answer = await ask(site, token)
  for (let times = 0; times < 40; times += 1) {
    answer = await ask(site, token, { 'x-forwarded-for': `10.0.0.${times}, 192.0.2.7, 127.0.0.3` })
  }
  assert.equal(answer.status, 429)
})

test('a trusted proxy must be an address or a network', async (t) => {
  for (const proxy of ['proxy.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.1/8/8', '::1/129', 'loopback', '']) {
    await assert.rejects(startSite(t, { trustedProxies: [proxy] }), /server_trusted_proxies/, proxy)
  }
  await startSite(t, { trustedProxies: ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8'] })
})
