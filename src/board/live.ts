// Keeps everybody's presence up to date through the daemon's watch, and tells how the connection is.
import type { PresenceClient } from '../client/index.ts'
import { People } from './people.ts'
import { Signal } from './signal.ts'

/** How the connection is. Times are epoch milliseconds. */
export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** What is shown may be old since then; the next attempt comes by itself. */
  | { readonly state: 'lost'; readonly since: number; readonly retryAt: number; readonly reason: string }

export interface Surroundings {
  readonly client: Pick<PresenceClient, 'watch'>
  /** Calls back before the page is painted next; any number of calls before that count as one change. */
  readonly onFrame: (callback: () => void) => void
  /** Calls back after so many milliseconds; returns what calls it off. */
  readonly after: (milliseconds: number, callback: () => void) => () => void
  readonly now: () => number
}

/** How long to wait when the daemon has refused to be watched, in milliseconds. */
const AFTER_REFUSAL = 30_000

export class Live {
  readonly people = new People()
  readonly link = new Signal<Link>({ state: 'connecting' })
  /** Another number whenever people have changed, at most once a frame. */
  readonly version = new Signal(0)
  readonly #surroundings: Surroundings
  #run = new AbortController()
  #framed = false

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  /** Begins, or begins anew without waiting for the next attempt. */
  start(): void {
    this.#run.abort()
    this.#run = new AbortController()
    void this.#watch(this.#run.signal)
  }

  stop(): void {
    this.#run.abort()
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.people.beginSnapshot()
      let whole = false
      try {
        for await (const event of this.#surroundings.client.watch(undefined, { signal })) {
          if (signal.aborted) return
          if (event.type === 'presence') this.people.tell(event.document)
          else if (event.type === 'lost') this.#lost(event.error, event.retryIn)
          else {
            // Only the first one comes after everybody was told; when the stream resumes, the client finds who is gone.
            if (!whole) this.people.endSnapshot()
            whole = true
            this.link.value = { state: 'live' }
          }
          this.#changed()
        }
        return
      } catch (error) {
        if (signal.aborted) return
        this.#lost(error, AFTER_REFUSAL)
        await this.#pause(AFTER_REFUSAL, signal)
      }
    }
  }

  #lost(error: unknown, retryIn: number): void {
    const now = this.#surroundings.now()
    const { value } = this.link
    const since = value.state === 'lost' ? value.since : now
    const reason = error instanceof Error ? error.message : String(error)
    this.link.value = { state: 'lost', since, retryAt: now + retryIn, reason }
  }

  #changed(): void {
    if (this.#framed) return
    this.#framed = true
    this.#surroundings.onFrame(() => {
      this.#framed = false
      this.version.value += 1
    })
  }

  #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        cancel()
        signal.removeEventListener('abort', finish)
        resolve()
      }
      const cancel = this.#surroundings.after(milliseconds, finish)
      signal.addEventListener('abort', finish)
    })
  }
}
