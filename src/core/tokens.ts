// Authentication tokens: `<unix seconds>:<user id>:<signature>`, how they are made and what makes one valid.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { BoundedCache } from './bounded-cache.ts'
import { userIdMistake } from './user-id.ts'

/**
 * Why a token is refused: it has not the shape of one; its signature is not that of any secret in force; it is genuine but too
 * old; it is genuine but dated too far in the future.
 */
export type TokenMistake = 'malformed' | 'wrong' | 'expired' | 'ahead'

export type TokenVerdict =
  /** Valid until `expires`, milliseconds of the wall clock. */
  | { readonly ok: true; readonly userId: string; readonly expires: number }
  | { readonly ok: false; readonly reason: TokenMistake }

export interface TokenRules {
  /** The secrets in force; the first is the one that new tokens are made with. */
  readonly secrets: readonly string[]
  /** How far a token's time may lie from now, to either side, in minutes. */
  readonly expireMinutes: number
}

/** How many verified tokens are remembered, and the longest of them in UTF-16 units: usually five megabytes, at most about twenty. */
const CACHE_LIMIT = 40_000
const CACHED_LENGTH = 320

/** A verified token: whose, and the time it names in milliseconds. */
interface Genuine {
  readonly userId: string
  readonly time: number
}

interface TokenParts {
  readonly signed: string
  readonly seconds: string
  readonly userId: string
  readonly signature: string
}

/** A token for a user, dated with whole seconds since 1970. */
export function createToken(secret: string, userId: string, unixSeconds: number): string {
  const signed = `${Math.floor(unixSeconds)}:${userId}`
  return `${signed}:${sign(secret, signed).toUpperCase()}`
}

/**
 * The token in an `Authorization: Bearer` header, of which Node gives the bytes as Latin-1: either the token itself or the
 * base64url (RFC 4648, section 5) of its UTF-8, which has no colon. Undefined if it is neither.
 */
export function tokenFromHeader(credentials: string): string | undefined {
  if (credentials.includes(':')) {
    const bytes = Buffer.from(credentials, 'latin1')
    // Tools like curl send the UTF-8 of other letters, browsers their Latin-1.
    return decodeUtf8(bytes) ?? credentials
  }
  if (!/^[\w-]+={0,2}$/.test(credentials)) return undefined
  return decodeUtf8(Buffer.from(credentials, 'base64url'))
}

/** Verifies tokens against the secrets in force and the wall clock, which is what the makers of tokens read too. */
export class TokenVerifier {
  readonly #wall: () => number
  readonly #genuine = new BoundedCache<string, Genuine>(CACHE_LIMIT)
  #secrets: readonly string[]
  #tolerance: number

  constructor(rules: TokenRules & { readonly wall: () => number }) {
    this.#wall = rules.wall
    this.#secrets = rules.secrets
    this.#tolerance = rules.expireMinutes * 60_000
  }

  /** From now on other rules hold; nothing that was verified under the former ones is believed any more. */
  configure(rules: TokenRules): void {
    this.#genuine.clear()
    this.#secrets = rules.secrets
    this.#tolerance = rules.expireMinutes * 60_000
  }

  /** The signature is looked at before the time, so "expired" and "ahead" are only ever said of genuine tokens. */
  verify(token: string): TokenVerdict {
    const known = this.#genuine.get(token)
    if (known !== undefined) return this.#judgeTime(token, known)
    const parts = split(token)
    if (parts === undefined) return { ok: false, reason: 'malformed' }
    if (!this.#isSigned(parts)) return { ok: false, reason: 'wrong' }
    const genuine = { userId: parts.userId, time: Number(parts.seconds) * 1000 }
    const verdict = this.#judgeTime(token, genuine)
    // Its text is now known to be what was computed here, so it may serve as a key.
    if (verdict.ok && token.length <= CACHED_LENGTH) this.#genuine.set(token, genuine)
    return verdict
  }

  /**
   * A token of a user that is valid for so many milliseconds from now, or, where tokens live shorter, as long as one can be. It is
   * dated in the past, since every token lives equally long.
   */
  issue(userId: string, lifetime: number): { readonly token: string; readonly expires: number } {
    const seconds = Math.floor((this.#wall() - Math.max(0, this.#tolerance - lifetime)) / 1000)
    return { token: createToken(this.#newest(), userId, seconds), expires: seconds * 1000 + this.#tolerance }
  }

  /**
   * Keys for something else than tokens, one of each secret in force and in their order (HKDF, RFC 5869): whoever knows one of them
   * knows neither its secret nor the keys for other purposes.
   */
  keysFor(purpose: string): readonly Buffer[] {
    return this.#secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)))
  }

  #newest(): string {
    const [newest] = this.#secrets
    if (newest === undefined) throw new TypeError('no secret is in force')
    return newest
  }

  #judgeTime(token: string, { userId, time }: Genuine): TokenVerdict {
    const age = this.#wall() - time
    if (Math.abs(age) <= this.#tolerance) return { ok: true, userId, expires: time + this.#tolerance }
    this.#genuine.delete(token)
    return { ok: false, reason: age > 0 ? 'expired' : 'ahead' }
  }

  /** Compares with each allowed form of each secret's signature, always with all of them, in constant time. */
  #isSigned({ signed, signature }: TokenParts): boolean {
    const given = Buffer.from(signature, 'latin1')
    let equal = false
    for (const secret of this.#secrets) {
      const computed = sign(secret, signed)
      for (const form of [computed.toUpperCase(), computed]) {
        const allowed = Buffer.from(form, 'latin1')
        if (given.length === allowed.length && timingSafeEqual(given, allowed)) equal = true
      }
    }
    return equal
  }
}

/** The user id may contain colons: it lies between the first and the last. */
function split(token: string): TokenParts | undefined {
  const first = token.indexOf(':')
  const last = token.lastIndexOf(':')
  if (first === last) return undefined
  const seconds = token.slice(0, first)
  const userId = token.slice(first + 1, last)
  const signature = token.slice(last + 1)
  if (!/^\d+$/.test(seconds) || userIdMistake(userId) !== undefined) return undefined
  // Other letters could turn into allowed bytes on the way to the comparison.
  if (!/^[!-~]+$/.test(signature)) return undefined
  return { signed: token.slice(0, last), seconds, userId, signature }
}

function sign(secret: string, signed: string): string {
  return createHmac('sha256', secret).update(signed, 'utf8').digest('base64')
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
