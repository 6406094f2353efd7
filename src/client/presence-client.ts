// The client of the daemon, for browsers and Node: asks, publishes, watches, keeps alive, observes.
import { type ClientOptions, Connection } from './connection.ts'
import {
  isPresenceDocument,
  isSourcesDocument,
  isUsersDocument,
  type PresenceDocument,
  type SourcesDocument,
  type Status,
} from './documents.ts'
import { UnreachableError } from './errors.ts'
import { type KeepAlive, type KeepAliveOptions, keepAlive } from './keep-alive.ts'
import { Observers, type PresenceListener } from './observers.ts'
import { sectionPath, userPath } from './paths.ts'
import { type WatchChoice, type WatchEvent, watchEvents } from './watch.ts'

/** What a publishable source shall say of a user. */
export interface PublishedSection {
  readonly status: Status
  readonly message?: string
  /** For `manual` only: after how many seconds it lapses (1 to 31,536,000). */
  readonly expiresIn?: number
  /** For `spreed` only: which of the user's tabs or devices it is. */
  readonly session?: string
}

/** How many users are asked for at once, and how long the part of an answer may be that tells of one, in bytes. */
const BATCH = 500
const DOCUMENT_LIMIT = 256 * 1024

/**
 * The daemon, as a program speaks to it. Every method rejects with ProblemError when the daemon refuses, with UnreachableError when no daemon answers, and with the
 * token provider's own error when that fails.
 */
export class PresenceClient {
  readonly #connection: Connection
  #observers: Observers | undefined

  /** Throws TypeError when the URL is none. */
  constructor(options: ClientOptions) {
    this.#connection = new Connection(options)
  }

  /** The presence document of a user (`GET /v1/users/{user_id}`). */
  async get(userId: string): Promise<PresenceDocument> {
    return this.#document(await this.#connection.request({ method: 'GET', path: userPath(userId) }))
  }

  /** The documents of many users, in the order asked (`POST /v1/users/query`, 500 at once). */
  async getMany(userIds: readonly string[]): Promise<readonly PresenceDocument[]> {
    const documents: PresenceDocument[] = []
    for (let first = 0; first < userIds.length; first += BATCH) {
      const some = userIds.slice(first, first + BATCH)
      const limit = some.length * DOCUMENT_LIMIT
      const body = { user_ids: some }
      const answer = await this.#connection.request({ method: 'POST', path: 'v1/users/query', body, limit })
      if (!isUsersDocument(answer, some.length)) throw this.#stranger()
      documents.push(...answer.users)
    }
    return documents
  }

  /** Publishes what a source says of a user (`PUT /v1/users/{user_id}/{source}`); resolves, when it is saved, to the new document. */
  async set(userId: string, source: string, section: PublishedSection): Promise<PresenceDocument> {
    const { status, message = '', expiresIn, session } = section
    const body = {
      status,
      message,
      ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
      ...(session === undefined ? {} : { session }),
    }
    return this.#document(await this.#connection.request({ method: 'PUT', path: sectionPath(userId, source), body }))
  }

  /** Takes back what a source says of a user (`DELETE`): `manual` says nothing then, `spreed` (or one session of it) unavailable. */
  async withdraw(
    userId: string,
    source: string,
    options: { readonly session?: string } = {},
  ): Promise<PresenceDocument> {
    const path = sectionPath(userId, source, options.session)
    return this.#document(await this.#connection.request({ method: 'DELETE', path }))
  }

  /** Makes the daemon forget a user (`DELETE /v1/users/{user_id}`); the token must be that user's own. */
  async forget(userId: string): Promise<void> {
    await this.#connection.request({ method: 'DELETE', path: userPath(userId) })
  }

  /** How the sources are (`GET /v1/sources`). */
  async sources(): Promise<SourcesDocument> {
    const answer = await this.#connection.request({ method: 'GET', path: 'v1/sources' })
    if (!isSourcesDocument(answer)) throw this.#stranger()
    return answer
  }

  /**
   * Watches users for as long as the loop over it goes on, through every loss of the connection (`/v1/watch`). Leaving the loop, or
   * the signal, ends it. It throws ProblemError when the daemon refuses for good.
   */
  watch(choice?: WatchChoice, options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<WatchEvent> {
    const controller = new AbortController()
    const { signal } = options
    const end = () => controller.abort()
    if (signal?.aborted) end()
    signal?.addEventListener('abort', end)
    const events = watchEvents(this.#connection, choice, controller.signal)
    return {
      next: () => events.next(),
      // A generator that waits for news can't be told to stop: first nothing may be left to wait for.
      return() {
        signal?.removeEventListener('abort', end)
        end()
        return events.return()
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  /** Says again and again that a user is there, on this tab or device, until it is stopped or the page goes away (`spreed`). */
  keepAlive(userId: string, options: KeepAliveOptions = {}): KeepAlive {
    return keepAlive(this.#connection, userId, options)
  }

  /**
   * Tells a listener how a user is, and every change. All users observed share one stream, in a browser that of all tabs of the
   * origin. Returns what ends it.
   */
  observe(userId: string, listener: PresenceListener): () => void {
    this.#observers ??= new Observers(this.#connection)
    return this.#observers.observe(userId, listener)
  }

  #document(answer: unknown): PresenceDocument {
    if (!isPresenceDocument(answer)) throw this.#stranger()
    return answer
  }

  #stranger(): UnreachableError {
    return new UnreachableError(`What answers at ${this.#connection.base} is no presence daemon.`)
  }
}
