// Authentication of requests: where the token stands, and what its bearer is told when it is no good.
import type { IncomingHttpHeaders } from 'node:http'
import type { Log } from '../core/log.ts'
import type { TokenMistake, TokenVerifier } from '../core/tokens.ts'
import { tokenFromHeader } from '../core/tokens.ts'
import type { JsonObject } from './body.ts'
import { Problem } from './problem.ts'
import type { WrongSignatures } from './wrong-signatures.ts'

const DETAILS: { readonly [Mistake in TokenMistake | 'missing']: string } = {
  missing: 'A token is needed: as AuthenticationToken in the body, or in the header "Authorization: Bearer <token>".',
  malformed: 'The token is malformed; it must be <unix seconds>:<user id>:<signature>.',
  wrong: "The token's signature is wrong; make it with the secret key of this server.",
  expired: 'The token has expired; make a new one, and check the clocks of both machines.',
  ahead: 'The token is dated too far in the future; check the clocks of both machines.',
}

/** What of a request tells whose it is. */
export interface Asking {
  readonly headers: IncomingHttpHeaders
  /** To whom wrong signatures are counted; undefined: to nobody. */
  readonly ip?: string | undefined
}

/** Who asks, and how long they may. */
export interface Bearer {
  readonly userId: string
  readonly token: string
  /** Milliseconds of the wall clock. */
  readonly expires: number
}

export class Authentication {
  readonly #tokens: Pick<TokenVerifier, 'verify'>
  readonly #wrongSignatures: WrongSignatures
  readonly #log: Log

  constructor(tokens: Pick<TokenVerifier, 'verify'>, wrongSignatures: WrongSignatures, log: Log) {
    this.#tokens = tokens
    this.#wrongSignatures = wrongSignatures
    this.#log = log
  }

  /** The user whose token a body bears, or else the header. Throws a Problem. */
  ofBody(request: Asking, body: JsonObject): string {
    const token = body.AuthenticationToken
    if (token === undefined || token === null) return this.ofHeader(request)
    return this.#verify(request, typeof token === 'string' ? token : undefined).userId
  }

  /** The user whose token stands elsewhere, plain or as the base64url of its UTF-8. Throws a Problem. */
  ofToken(request: Asking, token: string): string {
    return this.#verify(request, token.includes(':') ? token : tokenFromHeader(token)).userId
  }

  /** The user whose token the header bears (RFC 6750, section 2.1). Credentials of other schemes count for nothing. */
  ofHeader(request: Asking): string {
    return this.bearer(request).userId
  }

  /** The same, for whoever goes on after the answer has begun: with the token, and until when it is valid. */
  bearer(request: Asking): Bearer {
    const credentials = /^bearer +(.*)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (credentials === undefined) throw unauthorized('missing')
    return this.#verify(request, tokenFromHeader(credentials))
  }

  #verify(request: Asking, token: string | undefined): Bearer {
    if (token === undefined) throw unauthorized('malformed')
    const verdict = this.#tokens.verify(token)
    if (verdict.ok) return { userId: verdict.userId, token, expires: verdict.expires }
    if (verdict.reason === 'wrong') this.#countWrong(request.ip)
    throw unauthorized(verdict.reason)
  }

  /** Counts a wrong code as a wrong signature. Throws a Problem when these were too many. */
  countWrongCode({ ip }: Asking): void {
    const wait = this.#wrongSignatures.count(ip)
    if (wait !== undefined) throw tooMany('codes', wait)
  }

  /** Throws a Problem while codes from there are not even looked at, since each costs the store a question. */
  checkMayTryCode({ ip }: Asking): void {
    const wait = this.#wrongSignatures.wait(ip)
    if (wait !== undefined) throw tooMany('codes', wait)
  }

  #countWrong(address: string | undefined): void {
    const wait = this.#wrongSignatures.count(address)
    if (wait === undefined) return
    this.#log.debug('too many wrong signatures; is its secret key the one of server_secret_key?', {
      address: address ?? '',
    })
    throw tooMany('signatures', wait)
  }
}

function tooMany(what: string, wait: number): Problem {
  return new Problem(429, `Too many wrong ${what} came from this address; wait ${wait} seconds.`, {
    headers: { 'retry-after': String(wait) },
  })
}

function unauthorized(mistake: TokenMistake | 'missing'): Problem {
  return new Problem(401, DETAILS[mistake], { headers: { 'www-authenticate': 'Bearer' } })
}
