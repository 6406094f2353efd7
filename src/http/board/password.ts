// The board's password: compared in constant time, and guessed only slowly.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { countedAs } from '../counted-address.ts'
import { LeakingBuckets } from '../leaking-buckets.ts'
import { Problem } from '../problem.ts'

/** How many wrong ones are borne from one address, and from all together. */
const OF_ONE = { limit: 10, recovery: 10_000 }
const OF_ALL = { limit: 100, recovery: 1_000 }

/** What many addresses stand under that can't be told apart: behind a proxy all come from loopback. */
const UNTOLD = 'loopback'
const ALL = 'all'

/** Longer ones are compared as they came: sorting their accents would take a time that grows with the square of their number. */
const NORMALIZED = 1_024

export class BoardPassword {
  readonly #ofOne: LeakingBuckets
  readonly #ofAll: LeakingBuckets
  readonly #key = randomBytes(32)
  #password: string | undefined

  constructor(clock: Clock, password: string | undefined) {
    this.#ofOne = new LeakingBuckets(clock, OF_ONE)
    this.#ofAll = new LeakingBuckets(clock, OF_ALL)
    this.#password = password
  }

  configure(password: string | undefined): void {
    this.#password = password
  }

  get isSet(): boolean {
    return this.#password !== undefined
  }

  /** Throws a Problem unless it is the one. Whoever has guessed too often must wait, whatever comes next, or guessing would go on. */
  check(given: string, address: string | undefined): void {
    const key = countedAs(address) ?? UNTOLD
    const wait = this.#ofOne.wait(key) ?? this.#ofAll.wait(ALL)
    if (wait !== undefined) {
      throw new Problem(429, `Too many wrong passwords came; wait ${wait} seconds.`, {
        headers: { 'retry-after': String(wait) },
      })
    }
    if (this.#password === undefined) {
      throw new Problem(401, 'The board has no password; set board_password, or come by a link of "board-link".')
    }
    if (timingSafeEqual(this.#hash(given), this.#hash(this.#password))) return
    this.#ofOne.count(key)
    this.#ofAll.count(ALL)
    throw new Problem(401, 'The password is wrong.')
  }

  /** Of equal length for all. Keyboards differ in how they make letters with accents. */
  #hash(password: string): Buffer {
    const text = password.length <= NORMALIZED ? password.normalize('NFC') : password
    return createHmac('sha256', this.#key).update(text).digest()
  }
}
