// Visits to the status board as a browser makes them: signs in, keeps the cookie, asks for tokens.
import assert from 'node:assert/strict'
import type { Answer, Site } from './http-site.ts'

/** What a browser says when the board's own page asks. */
export const OWN_PAGE = { 'sec-fetch-site': 'same-origin' }

export interface BoardToken {
  readonly token: string
  readonly user_id: string | null
  readonly read_only: boolean
  readonly expires_in: number
}

/** Signs in with a token, a code or a password; resolves with the cookie as a browser sends it. */
export async function signIn(site: Site, credential: object): Promise<string> {
  const answer = await site.ask('POST', '/board/session', { body: credential, headers: OWN_PAGE })
  assert.equal(answer.status, 200, answer.body)
  return cookieOf(answer)
}

/** The cookie that an answer sets, as a browser sends it. */
export function cookieOf(answer: Answer): string {
  return setCookieOf(answer)?.split(';')[0] ?? assert.fail('no cookie is set')
}

export function setCookieOf(answer: Answer): string | undefined {
  const [first, ...others] = answer.headers['set-cookie'] ?? []
  assert.deepEqual(others, [])
  return first
}

/** Asks for a token with a cookie, as the page of the board unless other headers say so. */
export function askToken(
  site: Site,
  cookie: string,
  headers: Readonly<Record<string, string>> = OWN_PAGE,
): Promise<Answer> {
  return site.ask('POST', '/board/token', { headers: { cookie, ...headers } })
}

/** The token that a cookie buys. */
export async function boughtToken(site: Site, cookie: string): Promise<BoardToken> {
  const answer = await askToken(site, cookie)
  assert.equal(answer.status, 200, answer.body)
  return JSON.parse(answer.body)
}

/** A code for the link of this user. */
export async function linkCode(site: Site, user?: string): Promise<string> {
  const answer = await site.ask('POST', '/board/link', { headers: { authorization: `Bearer ${site.token(user)}` } })
  assert.equal(answer.status, 200, answer.body)
  return JSON.parse(answer.body).code
}
