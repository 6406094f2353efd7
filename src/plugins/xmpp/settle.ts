// Decides when a session knows everybody: its ping is answered, and then nothing has come for a while.
import type { Cancel, Clock } from '../../core/clock.ts'

/** Some servers say nothing of offline contacts, and answer a ping before hundreds of presences: so long must it be quiet, in milliseconds. */
export const QUIET = 750
/** Once every contact has been heard of, only their other devices may be missing: so long is quiet enough then. */
export const QUIET_WHEN_COMPLETE = 100
/** A busy server is never quiet: so long after the ping's answer is the longest wait, in milliseconds. A little less than settling holds the grace. */
export const LONGEST_WAIT = 25_000

export class Settling {
  readonly #clock: Clock
  readonly #everybodyHeard: () => boolean
  readonly #done: () => void
  #cancel: Cancel | undefined
  #answeredAt: number | undefined
  #heardAt: number
  #over = false

  /** `done` is called once, unless it is stopped before. Make it when the roster is there and the own presence is sent. */
  constructor(clock: Clock, everybodyHeard: () => boolean, done: () => void) {
    this.#clock = clock
    this.#everybodyHeard = everybodyHeard
    this.#done = done
    this.#heardAt = clock.now()
  }

  /** Somebody was heard of for the first time. */
  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  /** The ping that was sent after the own presence is answered. */
  pingAnswered(): void {
    if (this.#answeredAt !== undefined || this.#over) return
    this.#answeredAt = this.#clock.now()
    this.#look(this.#answeredAt)
  }

  stop(): void {
    this.#over = true
    this.#cancel?.()
    this.#cancel = undefined
  }

  #look(answeredAt: number): void {
    if (this.#over) return
    const now = this.#clock.now()
    const quiet = this.#everybodyHeard() ? QUIET_WHEN_COMPLETE : QUIET
    const due = Math.min(Math.max(this.#heardAt, answeredAt) + quiet, answeredAt + LONGEST_WAIT)
    if (now >= due) {
      this.stop()
      this.#done()
      return
    }
    // Looks again no later than the shorter quiet: by then everybody may have been heard of.
    this.#cancel = this.#clock.after(Math.min(due - now, QUIET_WHEN_COMPLETE), () => this.#look(answeredAt))
  }
}
