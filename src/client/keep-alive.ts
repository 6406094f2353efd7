// The heartbeat of a tab: says that its user is there, again and again, and good bye at the end.
import { Backoff } from './backoff.ts'
import type { Connection } from './connection.ts'
import type { Status } from './documents.ts'
import { asError } from './errors.ts'
import { sectionPath } from './paths.ts'
import type { Cancel } from './surroundings.ts'

/** What a heartbeat says, and how often. */
export interface KeepAliveOptions {
  /** What it says first (default `available`). */
  readonly status?: Status
  readonly message?: string
  /** Milliseconds between two heartbeats (default 30,000); a few must fit into the daemon's `spreed_auto_unavailable`. */
  readonly interval?: number
  /**
   * The name of this tab or device among the user's (at most 128 letters); a random one by default, so that each ends alone and the
   * others go on. The empty one is that of clients of the old interface.
   */
  readonly session?: string
  /** Told why a heartbeat failed. The next one comes anyway, soon at first. */
  readonly onError?: (error: Error) => void
}

/** A heartbeat that goes on until it is stopped. */
export interface KeepAlive {
  /** From now on says this, at once and then again and again. */
  update(state: { readonly status: Status; readonly message?: string }): void
  /** Ends the heartbeat and its session. Never rejects: what is not repeated lapses by itself. */
  stop(): Promise<void>
}

const INTERVAL = 30_000

/** Begins at once. */
export function keepAlive(connection: Connection, userId: string, options: KeepAliveOptions): KeepAlive {
  return new Heartbeat(connection, userId, options)
}

class Heartbeat implements KeepAlive {
  readonly #session: string
  readonly #connection: Connection
  readonly #userId: string
  readonly #interval: number
  readonly #onError: ((error: Error) => void) | undefined
  readonly #backoff: Backoff
  readonly #path: string
  readonly #farewellPath: string
  #state: { readonly status: Status; readonly message: string }
  #cancel: Cancel = () => undefined
  #running = true
  /** The heartbeats go out one after the other, so that an old state never overtakes a new one. */
  #sending: Promise<void> | undefined
  #again = false

  constructor(connection: Connection, userId: string, options: KeepAliveOptions) {
    const { random, page } = connection.surroundings
    this.#session = options.session ?? randomName(random)
    this.#connection = connection
    this.#userId = userId
    this.#interval = options.interval ?? INTERVAL
    this.#onError = options.onError
    this.#backoff = new Backoff(random)
    this.#path = sectionPath(this.#userId, 'spreed')
    this.#farewellPath = sectionPath(userId, 'spreed', this.#session)
    this.#state = { status: options.status ?? 'available', message: options.message ?? '' }
    page?.addEventListener('pagehide', this.#leave)
    page?.addEventListener('pageshow', this.#comeBack)
    this.#beat()
  }

  update({ status, message = '' }: { readonly status: Status; readonly message?: string }): void {
    this.#state = { status, message }
    if (this.#running) this.#beat()
  }

  async stop(): Promise<void> {
    const { page } = this.#connection.surroundings
    page?.removeEventListener('pagehide', this.#leave)
    page?.removeEventListener('pageshow', this.#comeBack)
    const wasRunning = this.#running
    this.#rest()
    await this.#sending
    if (!wasRunning) return
    await this.#connection.request({ method: 'DELETE', path: this.#farewellPath }).catch(() => undefined)
  }

  #rest(): void {
    this.#running = false
    this.#again = false
    this.#cancel()
  }

  readonly #leave = (): void => {
    if (!this.#running) return
    this.#rest()
    // Nothing that is asked now will be heard, so it goes out as it is, with the token of the last heartbeat.
    this.#connection.farewell('DELETE', this.#farewellPath)
  }

  /** Browsers keep pages that were left, and show them again. */
  readonly #comeBack = (): void => {
    if (this.#running) return
    this.#running = true
    this.#beat()
  }

  #beat(): void {
    this.#cancel()
    if (this.#sending !== undefined) {
      this.#again = true
      return
    }
    this.#sending = this.#send().then((pause) => {
      this.#sending = undefined
      if (!this.#running) return
      if (this.#again) {
        this.#again = false
        this.#beat()
      } else this.#cancel = this.#connection.surroundings.after(pause, () => this.#beat())
    })
  }

  /** Resolves to the pause until the next one. */
  async #send(): Promise<number> {
    try {
      const body = { ...this.#state, session: this.#session }
      await this.#connection.request({ method: 'PUT', path: this.#path, body })
      this.#backoff.reset()
      return this.#interval
    } catch (thrown) {
      this.#onError?.(asError(thrown))
      return Math.min(this.#interval, this.#backoff.next(thrown))
    }
  }
}

/** Long enough that two tabs of a user never share one. */
function randomName(random: () => number): string {
  const part = (): string => Math.floor(random() * 36 ** 8).toString(36)
  return `${part()}-${part()}`
}
