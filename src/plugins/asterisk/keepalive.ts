// Notices a dead connection: pings the server after an idle time, and gives up when nothing at all comes then.
import type { Cancel, Clock } from '../../core/clock.ts'

/** After so long without a byte the server is pinged, in milliseconds. */
export const IDLE = 20_000
/** How long it may stay silent after that, in milliseconds. */
export const PING_PATIENCE = 10_000

export interface KeepaliveActions {
  ping(): void
  /** The server is gone. */
  dead(): void
}

export class Keepalive {
  readonly #clock: Clock
  readonly #actions: KeepaliveActions
  #cancel: Cancel
  #heardAt: number

  constructor(clock: Clock, actions: KeepaliveActions) {
    this.#clock = clock
    this.#actions = actions
    this.#heardAt = clock.now()
    this.#cancel = clock.after(IDLE, () => this.#look())
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  stop(): void {
    this.#cancel()
  }

  #look(): void {
    const idle = this.#clock.now() - this.#heardAt
    if (idle < IDLE) {
      this.#cancel = this.#clock.after(IDLE - idle, () => this.#look())
      return
    }
    const pingedAt = this.#clock.now()
    // An answer in this very millisecond counts as well.
    this.#heardAt = Number.NEGATIVE_INFINITY
    this.#cancel = this.#clock.after(PING_PATIENCE, () => {
      if (this.#heardAt >= pingedAt) this.#look()
      else this.#actions.dead()
    })
    this.#actions.ping()
  }
}
