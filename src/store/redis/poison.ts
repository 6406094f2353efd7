// What lies in Redis and can't be from this daemon is passed over, and told without filling the log.
import type { Log } from '../../core/log.ts'

/** Between two lines of the log, in milliseconds. */
const QUIET = 60_000

export class Poison {
  readonly #log: Log
  #told = Number.NEGATIVE_INFINITY
  #untold = 0

  constructor(log: Log) {
    this.#log = log
  }

  found(where: string, key: Buffer, why: string): void {
    const now = performance.now()
    if (now - this.#told < QUIET) {
      this.#untold += 1
      return
    }
    this.#told = now
    const more = this.#untold === 0 ? '' : `, and ${this.#untold} others since the last such line`
    this.#untold = 0
    // JSON neutralises whatever control characters are in it.
    const name = JSON.stringify(key.toString('utf8', 0, 80)).replace(/[^ -~]/g, '?')
    this.#log.warn(
      `Redis: ${name} in ${where} is not from this daemon and is passed over (${why})${more}; see who else writes there, or choose another redis_prefix`,
    )
  }
}
