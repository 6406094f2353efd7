// Notices a dead connection: asks the server for a sign of life after an idle time, and gives up without one (XEP-0199).
import type { Cancel, Clock } from '../../core/clock.ts'

/** How long the server may stay silent after a ping, in milliseconds. */
export const PING_PATIENCE = 10_000

export interface KeepaliveActions {
  ping(): void
  /** The server is gone. */
  dead(): void
}

export class Keepalive {
  readonly #clock: Clock
  readonly #interval: number
  readonly #actions: KeepaliveActions
  #cancel: Cancel | undefined
  #heardAt: number
  /** Whether anything has come since the ping. */
  #alive = true

  /** The interval is in milliseconds. */
  constructor(clock: Clock, interval: number, actions: KeepaliveActions) {
    this.#clock = clock
    this.#interval = interval
    this.#actions = actions
    this.#heardAt = clock.now()
    this.#lookAgain()
  }

  /** The server said something; no ping is needed for a while. */
  heard(): void {
    this.#heardAt = this.#clock.now()
    this.#alive = true
  }

  /** Something came, be it a piece: the answer to a ping may stand in a queue behind it. White space alone puts no ping off. */
  received(): void {
    this.#alive = true
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #lookAgain(): void {
    const idle = this.#clock.now() - this.#heardAt
    this.#cancel = this.#clock.after(Math.max(0, this.#interval - idle), () => this.#look())
  }

  #look(): void {
    if (this.#clock.now() - this.#heardAt < this.#interval) {
      this.#lookAgain()
      return
    }
    this.#alive = false
    this.#cancel = this.#clock.after(PING_PATIENCE, () => {
      if (this.#alive) this.#lookAgain()
      else this.#actions.dead()
    })
    this.#actions.ping()
  }
}
