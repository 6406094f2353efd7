// The sessions of the board: all that is known of one stands in its cookie, signed, so that it holds on every node.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { TokenVerifier } from '../../core/tokens.ts'
import { Problem } from '../problem.ts'

const NAME = 'kopano-presence-board'
const VERSION = 1

/** How long a session lasts that nobody uses, in milliseconds, and how old one is renewed when it is used. */
const LIFETIME = 12 * 3_600_000
const RENEWAL = 30 * 60_000

/** So far the clocks of two nodes may differ, in milliseconds. */
const SKEW = 5 * 60_000

/** Browsers drop larger cookies (4,096 bytes with name and attributes) without a word. */
const VALUE_LIMIT = 3_900

/** Letters of a password's keyed hash: enough to tell another password. It tells nothing to whoever lacks the key. */
const HASH_LENGTH = 16

export interface Session {
  /** Null: of nobody, for reading only. */
  readonly userId: string | null
  /** Whether the board's password opened it. */
  readonly byPassword: boolean
}

export interface OpenSession extends Session {
  /** Whether it is so old that it should be given a new cookie. */
  readonly isDue: boolean
}

/** What is signed. */
interface Content {
  readonly v: typeof VERSION
  readonly user: string | null
  /** Milliseconds of the wall clock. */
  readonly expires: number
  /** The keyed hash of the password that opened it. */
  readonly password?: string
}

export interface SessionParts {
  readonly tokens: Pick<TokenVerifier, 'keysFor'>
  readonly clock: Pick<Clock, 'wall'>
}

export class Sessions {
  readonly #parts: SessionParts
  #password: string | undefined

  constructor(parts: SessionParts, password: string | undefined) {
    this.#parts = parts
    this.#password = password
  }

  /** Ends the sessions that another password opened. */
  configure(password: string | undefined): void {
    this.#password = password
  }

  /**
   * The header Set-Cookie of a session that begins, or goes on, now. It names no path: browsers then take the folder that they asked in,
   * which is `board` also where a proxy has put something before it.
   */
  cookie({ userId, byPassword }: Session, secure: boolean): string {
    const [key] = this.#keys()
    if (key === undefined) throw new TypeError('no secret is in force')
    const expires = this.#parts.clock.wall() + LIFETIME
    const content: Content = { v: VERSION, user: userId, expires }
    const password = byPassword ? { password: hashed(key.forPasswords, this.#password ?? '') } : {}
    const text = Buffer.from(JSON.stringify({ ...content, ...password })).toString('base64url')
    const value = `${text}.${signature(key.forSessions, text).toString('base64url')}`
    if (value.length > VALUE_LIMIT)
      throw new Problem(400, 'The user id is too long for the board: no cookie can hold it.')
    return setCookie(value, LIFETIME / 1000, secure)
  }

  /** The header Set-Cookie that makes a browser forget its session. */
  farewell(secure: boolean): string {
    return setCookie('', 0, secure)
  }

  /** The session of the header Cookie; undefined when it holds none that is still good. */
  read(header: string | undefined): OpenSession | undefined {
    // Another site beneath the same domain can add a cookie of this name: it must not hide the genuine one.
    for (const pair of (header ?? '').split(';')) {
      const [name = '', value = ''] = pair.trim().split('=', 2)
      const session = name === NAME ? this.#readValue(value) : undefined
      if (session !== undefined) return session
    }
    return undefined
  }

  #readValue(value: string): OpenSession | undefined {
    const [, text = '', signed = ''] = /^([\w-]+)\.([\w-]+)$/.exec(value) ?? []
    const given = Buffer.from(signed, 'base64url')
    const key = this.#keys().find(({ forSessions }) => isEqual(given, signature(forSessions, text)))
    if (key === undefined) return undefined
    // Its letters were made here, so their shape is certain.
    const content = JSON.parse(Buffer.from(text, 'base64url').toString()) as Content
    const left = content.expires - this.#parts.clock.wall()
    if (content.v !== VERSION || left <= 0 || left > LIFETIME + SKEW) return undefined
    const byPassword = content.password !== undefined
    if (byPassword && !this.#isPassword(key.forPasswords, content.password)) return undefined
    return { userId: content.user, byPassword, isDue: left <= LIFETIME - RENEWAL }
  }

  #isPassword(key: Buffer, hash: string): boolean {
    const current = this.#password
    return current !== undefined && isEqual(Buffer.from(hash), Buffer.from(hashed(key, current)))
  }

  /** A pair for each secret in force. */
  #keys(): readonly { readonly forSessions: Buffer; readonly forPasswords: Buffer }[] {
    const { tokens } = this.#parts
    const forPasswords = tokens.keysFor('board password')
    return tokens.keysFor('board session').flatMap((forSessions, index) => {
      const other = forPasswords[index]
      return other === undefined ? [] : [{ forSessions, forPasswords: other }]
    })
  }
}

function setCookie(value: string, seconds: number, secure: boolean): string {
  return `${NAME}=${value}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
}

function signature(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function hashed(key: Buffer, password: string): string {
  return signature(key, password).toString('base64url').slice(0, HASH_LENGTH)
}

function isEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
