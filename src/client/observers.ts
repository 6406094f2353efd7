// Who wants to know of whom: any number of listeners a user, one request for all of them.
import type { Connection } from './connection.ts'
import type { PresenceDocument } from './documents.ts'
import { batched, type Feed, type Sink, StreamFeed } from './feed.ts'
import { TabsFeed } from './tabs-feed.ts'

/**
 * Told how a user is; `user_id` is as the listener gave it. While `live` is false the connection is lost and the document may be
 * old; the last one is told again when that changes.
 */
export type PresenceListener = (document: PresenceDocument, state: { readonly live: boolean }) => void

interface Observed {
  /** The id as given, for each listener of each call. */
  readonly listeners: Map<object, { readonly userId: string; readonly listener: PresenceListener }>
  document: PresenceDocument | undefined
}

/** For so long new users are collected before they are asked for, in milliseconds. */
const COLLECT = 100
/** For so long a user is kept whom nobody observes any more: a list that scrolls may scroll back. */
const LINGER = 10_000

export class Observers implements Sink {
  readonly #connection: Connection
  readonly #feed: Feed
  readonly #observed = new Map<string, Observed>()
  readonly #ask: () => void
  readonly #sweep: () => void
  #live = false

  constructor(connection: Connection) {
    const { neighbourhood } = connection.surroundings
    this.#connection = connection
    this.#feed =
      neighbourhood === undefined ? new StreamFeed(connection, this) : new TabsFeed(connection, neighbourhood, this)
    this.#ask = batched(connection, COLLECT, () => this.#feed.want(new Set(this.#observed.keys())))
    this.#sweep = batched(connection, LINGER, () => this.#removeUnobserved())
  }

  observe(userId: string, listener: PresenceListener): () => void {
    const key = folded(userId)
    let observed = this.#observed.get(key)
    if (observed === undefined) {
      observed = { listeners: new Map(), document: undefined }
      this.#observed.set(key, observed)
      this.#ask()
    }
    const { listeners } = observed
    const ticket = {}
    listeners.set(ticket, { userId, listener })
    const { document } = observed
    if (document !== undefined) {
      const tell = () => listeners.has(ticket) && listener({ ...document, user_id: userId }, { live: this.#live })
      // Never before `observe` has returned, so that every listener can already be ended.
      queueMicrotask(tell)
    }
    return () => {
      listeners.delete(ticket)
      if (listeners.size === 0) this.#sweep()
    }
  }

  document(document: PresenceDocument): void {
    const observed = this.#observed.get(folded(document.user_id))
    if (observed === undefined) return
    observed.document = document
    this.#tell(observed)
  }

  live(live: boolean): void {
    if (live === this.#live) return
    this.#live = live
    for (const observed of this.#observed.values()) this.#tell(observed)
  }

  error(error: Error): void {
    this.#connection.onError(error)
  }

  #tell({ document, listeners }: Observed): void {
    if (document === undefined) return
    for (const { userId, listener } of [...listeners.values()]) {
      try {
        listener({ ...document, user_id: userId }, { live: this.#live })
      } catch (error) {
        // It keeps nobody else from the news, least of all other tabs; the error goes where those of timers go.
        this.#connection.surroundings.after(0, () => {
          throw error
        })
      }
    }
  }

  #removeUnobserved(): void {
    for (const [key, { listeners }] of this.#observed) if (listeners.size === 0) this.#observed.delete(key)
    this.#ask()
  }
}

/** The form under which the daemon knows a user (core/user-id.ts has the same). */
export function folded(userId: string): string {
  if (/\p{M}{31}/u.test(userId)) return userId.toLowerCase()
  return userId.normalize('NFC').toLowerCase().normalize('NFC')
}
