// A small client of the daemon, for browsers and Node: asks, publishes, forgets.
import { isPresenceDocument, type PresenceDocument, problemOf, type Status } from './documents.ts'
import { ProblemError, UnreachableError } from './errors.ts'
import { readText } from './read-text.ts'

export type { PresenceDocument, ProblemDocument, SectionDocument, Status } from './documents.ts'
export { ProblemError, UnreachableError } from './errors.ts'

export interface ClientOptions {
  /** Where the daemon answers; a path (behind a proxy, say) is kept. */
  readonly url: string
  /** A token that is valid now; asked for at each request. */
  readonly token: () => string | Promise<string>
  /** How long a request may take, in milliseconds (default 10,000). */
  readonly timeout?: number
}

/** What a publishable source shall say of a user. */
export interface PublishedSection {
  readonly status: Status
  readonly message?: string
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

const TIMEOUT = 10_000

/** Every method rejects with ProblemError when the daemon refuses, and with UnreachableError when no daemon answers. */
export class PresenceClient {
  readonly #base: string
  readonly #token: () => string | Promise<string>
  readonly #timeout: number

  /** Throws TypeError when the URL is none. */
  constructor(options: ClientOptions) {
    const { href } = new URL(options.url)
    this.#base = href.endsWith('/') ? href : `${href}/`
    this.#token = options.token
    this.#timeout = options.timeout ?? TIMEOUT
  }

  /** The presence document of a user (`GET /v1/users/{user_id}`). */
  async get(userId: string): Promise<PresenceDocument> {
    const { body } = await this.#request('GET', userPath(userId))
    if (!isPresenceDocument(body)) throw new UnreachableError(`What answers at ${this.#base} is no presence daemon.`)
    return body
  }

  /** Publishes what a source says of a user (`PUT /`); resolves when it is saved. */
  async set(userId: string, source: string, section: PublishedSection): Promise<void> {
    const entry = Object.fromEntries([
      ['user_id', userId],
      [source, { status: section.status, message: section.message ?? '' }],
    ])
    await this.#request('PUT', '', { Type: 'UserStatus', UserStatus: [entry] })
  }

  /** Makes the daemon forget a user (`DELETE /v1/users/{user_id}`); the token must be that user's own. */
  async forget(userId: string): Promise<void> {
    await this.#request('DELETE', userPath(userId))
  }

  async #request(method: string, path: string, body?: unknown): Promise<Answer> {
    const authorization = `Bearer ${base64url(await this.#token())}`
    const answer = await this.#exchange(`${this.#base}${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // Whoever has the token may ask for it again elsewhere, so it goes nowhere but here.
      redirect: 'error',
      signal: AbortSignal.timeout(this.#timeout),
    })
    if (answer.status < 200 || answer.status > 299) throw new ProblemError(problemOf(answer.status, answer.body))
    return answer
  }

  async #exchange(url: string, init: RequestInit): Promise<Answer> {
    try {
      const response = await fetch(url, init)
      return { status: response.status, body: parse(await readText(response)) }
    } catch (cause) {
      throw new UnreachableError(`No answer from ${this.#base}`, { cause })
    }
  }
}

function userPath(userId: string): string {
  // Every URL parser takes these two for steps of the path, encoded or not.
  if (userId === '.' || userId === '..') throw new TypeError(`The user id "${userId}" can't stand in a URL.`)
  return `v1/users/${encodeURIComponent(userId)}`
}

/** `fetch` lets only Latin-1 into a header, and a token holds whatever a user id may. */
function base64url(text: string): string {
  const bytes = new TextEncoder().encode(text)
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return letters.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The JSON value of a text; undefined when it is none, as an empty body is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
