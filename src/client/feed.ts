// Where observers get their news from: one stream for a set of users that changes.
import { Backoff, pause } from './backoff.ts'
import type { Connection } from './connection.ts'
import type { PresenceDocument } from './documents.ts'
import { asError } from './errors.ts'
import { watchEvents } from './watch.ts'

/** Who gets the news. */
export interface Sink {
  document(document: PresenceDocument): void
  /** Whether changes come in now; when not, what is known may be old. */
  live(live: boolean): void
  error(error: Error): void
}

export interface Feed {
  /** From now on tells of these users (folded ids), first how they are. None of them ends it, until there are some again. */
  want(users: ReadonlySet<string>): void
}

/** A stream of one's own. A new set of users takes a new stream, since only its snapshot tells how the new ones are. */
export class StreamFeed implements Feed {
  readonly #connection: Connection
  readonly #sink: Sink
  #users: ReadonlySet<string> = new Set()
  #stop = () => {}

  constructor(connection: Connection, sink: Sink) {
    this.#connection = connection
    this.#sink = sink
  }

  want(users: ReadonlySet<string>): void {
    if (users.size === this.#users.size && [...users].every((user) => this.#users.has(user))) return
    this.#users = users
    this.#stop()
    if (users.size === 0) {
      this.#sink.live(false)
      return
    }
    const controller = new AbortController()
    this.#stop = () => controller.abort()
    void this.#run([...users], controller.signal)
  }

  async #run(users: readonly string[], signal: AbortSignal): Promise<void> {
    const { surroundings } = this.#connection
    const backoff = new Backoff(surroundings.random)
    while (!signal.aborted) {
      try {
        for await (const event of watchEvents(this.#connection, users, signal)) {
          if (signal.aborted) return
          if (event.type === 'presence') this.#sink.document(event.document)
          else this.#sink.live(event.type === 'ready')
          if (event.type === 'ready') backoff.reset()
          if (event.type === 'lost') this.#sink.error(event.error)
        }
      } catch (error) {
        // Refused for good; but a page may stay open until somebody has mended that.
        if (signal.aborted) return
        this.#sink.live(false)
        this.#sink.error(asError(error))
        await pause(backoff.next(error), signal, surroundings)
      }
    }
  }
}

/** Calls back once, some milliseconds after the first of any number of calls. */
export function batched(connection: Connection, milliseconds: number, callback: () => void): () => void {
  let waiting = false
  return () => {
    if (waiting) return
    waiting = true
    connection.surroundings.after(milliseconds, () => {
      waiting = false
      callback()
    })
  }
}
