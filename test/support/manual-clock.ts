// A clock that only a test moves.
import type { Cancel, Clock } from '../../src/core/clock.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** Starts at the given time; `advance` runs the timers that come due, in order, each at its own time. */
export class ManualClock implements Clock {
  #now: number
  #offset = 0
  readonly #timers = new Set<Timer>()

  constructor(start = Date.UTC(2026, 10, 23, 9)) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#now + this.#offset
  }

  lead(): number {
    return this.#offset
  }

  /** The wall clock jumps; the monotonic one does not. */
  jumpWall(milliseconds: number): void {
    this.#offset += milliseconds
  }

  after(milliseconds: number, callback: () => void): Cancel {
    const timer = { at: this.#now + Math.max(0, milliseconds), callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Moves on, stopping at every timer on the way. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#now = Math.max(this.#now, due.at)
      due.callback()
    }
    this.#now = end
  }
}
