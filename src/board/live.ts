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

/** Under a storm of changes the page is drawn anew ten times a second, which leaves it time for its reader. In milliseconds. */
const CALM = 100
/** How long to wait when the daemon has refused to be watched, in milliseconds. */
const AFTER_REFUSAL = 30_000

export class Live {
  readonly people = new People()
  readonly link = new Signal<Link>({ state: 'connecting' })
  /** Another number whenever people have changed: with the next frame, but no sooner than so long after the last time. */
  readonly version = new Signal(0)
  readonly #surroundings: Surroundings
  #run = new AbortController()
  #waiting = false
  #shown = Number.NEGATIVE_INFINITY

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
      try {
        for await (const event of this.#surroundings.client.watch(undefined, { signal })) {
          if (signal.aborted) return
          if (event.type === 'presence') this.people.tell(event.document)
          else if (event.type === 'lost') this.#lost(event.error, event.retryIn)
          else {
            // After the first time nobody is untold any more: when the stream resumes, the client finds who is gone.
            this.people.endSnapshot()
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
    if (this.#waiting) return
    this.#waiting = true
    const { onFrame, after, now } = this.#surroundings
    const show = () => {
      this.#waiting = false
      this.#shown = now()
      this.version.value += 1
    }
    const early = this.#shown + CALM - now()
    if (early > 0 && early <= CALM) after(early, () => onFrame(show))
    else onFrame(show)
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
