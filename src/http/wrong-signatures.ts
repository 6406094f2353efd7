// Counts wrong signatures per address, and says when an address has shown too many.
import type { Clock } from '../core/clock.ts'
import { countedAs } from './counted-address.ts'
import { LeakingBuckets } from './leaking-buckets.ts'

/** So many wrong signatures at once are borne; after that one more in every `recovery` milliseconds. */
const BEARABLE = { limit: 30, recovery: 2_000 }

export class WrongSignatures {
  readonly #buckets: LeakingBuckets

  constructor(clock: Clock) {
    this.#buckets = new LeakingBuckets(clock, BEARABLE)
  }

  /**
   * Counts a wrong signature. Returns how long the address should wait, in whole seconds, once it has shown too many; undefined
   * while it is bearable. An address that can't be told apart from others (loopback, none at all) is never counted.
   */
  count(address: string | undefined): number | undefined {
    const key = countedAs(address)
    return key === undefined ? undefined : this.#buckets.count(key)
  }

  get size(): number {
    return this.#buckets.size
  }
}
