// Leaking buckets: how much of something is borne from each of many, at once and in the long run.
import type { Clock } from '../core/clock.ts'

/** How many are remembered; the one that was quiet longest is forgotten first. */
const KEY_LIMIT = 10_000

export interface Bearable {
  /** So much at once is borne, */
  readonly limit: number
  /** and after that one more in every so many milliseconds. */
  readonly recovery: number
}

interface Bucket {
  readonly level: number
  readonly at: number
}

/** A bucket for each key: it fills by one with each count and leaks with time. */
export class LeakingBuckets {
  readonly #clock: Clock
  readonly #bearable: Bearable
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Clock, bearable: Bearable) {
    this.#clock = clock
    this.#bearable = bearable
  }

  /** How long to wait, in whole seconds, until one more is borne; undefined when it is now. */
  wait(key: string): number | undefined {
    const over = this.#level(key) + 1 - this.#bearable.limit
    return over > 0 ? Math.ceil((over * this.#bearable.recovery) / 1000) : undefined
  }

  /** Counts one more. Returns how long to wait, as above, when that was too many. */
  count(key: string): number | undefined {
    const wait = this.wait(key)
    // What is refused does not count, so that going on makes the wait no longer.
    const level = this.#level(key) + (wait === undefined ? 1 : 0)
    // Anew at the end, so that the first one is always the one that was quiet longest.
    this.#buckets.delete(key)
    this.#buckets.set(key, { level, at: this.#clock.now() })
    if (this.#buckets.size > KEY_LIMIT) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest)
        break
      }
    }
    return wait
  }

  get size(): number {
    return this.#buckets.size
  }

  #level(key: string): number {
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) return 0
    return Math.max(0, bucket.level - (this.#clock.now() - bucket.at) / this.#bearable.recovery)
  }
}
