// The pace of what is sent: servers stall, and some end, a connection that sends more than they like.
import type { Clock } from '../../core/clock.ts'

/** One line in so long, in milliseconds: what ngIRCd and InspIRCd take as they are installed. */
export const PACE = 2_000

export class Pacing {
  readonly #clock: Pick<Clock, 'now'>
  #freeAt: number

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
    this.#freeAt = clock.now()
  }

  /** Whether a line may be sent now. */
  get free(): boolean {
    return this.#clock.now() >= this.#freeAt
  }

  /** A line was sent, be it one that couldn't wait: each puts off the next by as much. */
  sent(): void {
    this.#freeAt = Math.max(this.#freeAt, this.#clock.now()) + PACE
  }
}
