// Counts wrong signatures per address, and says when an address has shown too many.
import type { Clock } from '../core/clock.ts'
import { countedAs } from './counted-address.ts'
import { LeakingBuckets } from './leaking-buckets.ts'
import { LIMITS } from './limits.ts'

/** After as many wrong signatures as are borne at once one more is in every so many milliseconds. */
const RECOVERY = 2_000

export class WrongSignatures {
  readonly #buckets: LeakingBuckets

  /** So many at once are borne from one address. */
  constructor(clock: Clock, limit = LIMITS.maxWrongSignatures) {
    this.#buckets = new LeakingBuckets(clock, { limit, recovery: RECOVERY })
  }

  /**
   * Counts a wrong signature. Returns how long the address should wait, in whole seconds, once it has shown too many; undefined
   * while it is bearable. An address that can't be told apart from others (loopback, none at all) is never counted.
   */
  count(address: string | undefined): number | undefined {
    const key = countedAs(address)
    return key === undefined ? undefined : this.#buckets.count(key)
  }

  /** How long the address should wait, as above, if another one would be too many; counts nothing. */
  wait(address: string | undefined): number | undefined {
    const key = countedAs(address)
    return key === undefined ? undefined : this.#buckets.wait(key)
  }

  get size(): number {
    return this.#buckets.size
  }
}
