// When the users of each collector became stale last, as positions in the store: whoever stood before has missed that.
import type { Clock } from './clock.ts'

/** A loss reaches other nodes as a change of its own: so long it counts as having just happened, in milliseconds. */
const SPREADING = 5_000

export class Standings {
  readonly #lost = new Map<string, readonly number[]>()
  readonly #clock: Clock | undefined
  /** Losses that may still be on their way to other nodes, and until when. */
  readonly #spreading = new Map<string, number>()

  /** All are lost at first. With a clock where there are other nodes. */
  constructor(names: Iterable<string>, position: readonly number[], clock: Clock | undefined) {
    this.#clock = clock
    for (const name of names) this.lost(name, position)
  }

  lost(name: string, position: readonly number[]): void {
    this.#lost.set(name, [...position])
    if (this.#clock !== undefined) this.#spreading.set(name, this.#clock.now() + SPREADING)
  }

  allLost(position: readonly number[]): void {
    for (const name of this.#lost.keys()) this.lost(name, position)
  }

  /** The node knows everything up to this position now. */
  reached(position: readonly number[]): void {
    if (this.#spreading.size === 0) return
    const now = this.#clock?.now() ?? 0
    for (const [name, until] of this.#spreading) {
      this.#lost.set(name, [...position])
      if (until < now) this.#spreading.delete(name)
    }
  }

  /** Whether somebody who knew everything up to this position may not know that it was lost. The records of collectors are in the first shard. */
  lostSince(name: string, told: readonly number[], shard: number): boolean {
    const lost = this.#lost.get(name)
    return lost !== undefined && [0, shard].some((one) => (lost[one] ?? 0) >= (told[one] ?? 0))
  }
}
