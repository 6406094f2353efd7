// Notices that the process was stopped for a while (SIGSTOP, a paused virtual machine): what is read then may have lain there for as long.
import type { Cancel, Clock } from '../core/clock.ts'

/** How often it is seen that the process runs, how long a silence is a pause, and how long its requests are read afterwards. Milliseconds. */
const BEAT = 250
const PAUSE = 1_500
const AFTERWARDS = 500

export class Pauses {
  readonly #clock: Clock
  #seen: number
  #over = Number.NEGATIVE_INFINITY
  #cancel: Cancel = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
    this.#seen = clock.now()
    this.#schedule()
  }

  /** Whether a pause is only just over: clients may have given up what they asked before it, and have asked another node. */
  get isJustOver(): boolean {
    // Requests are read before the timers go off.
    this.#look()
    return this.#clock.now() - this.#over < AFTERWARDS
  }

  close(): void {
    this.#cancel()
  }

  #look(): void {
    const now = this.#clock.now()
    if (now - this.#seen > PAUSE) this.#over = now
    this.#seen = now
  }

  #schedule(): void {
    this.#cancel = this.#clock.after(BEAT, () => {
      this.#look()
      this.#schedule()
    })
  }
}
