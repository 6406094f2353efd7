// What the servers of all shards said when they were greeted last: of which store and which life they are.
import { createHash } from 'node:crypto'
import { FatalError } from '../../core/errors.ts'
import { type Greeting, JUMP } from './greeting.ts'

export class Greetings {
  readonly #shards: number
  readonly #gap: (why: string) => void
  readonly #known: Greeting[] = []

  /** `gap` is told why changes may have been missed. */
  constructor(shards: number, gap: (why: string) => void) {
    this.#shards = shards
    this.#gap = gap
  }

  /** Of the store as a whole. */
  get epoch(): string {
    const epochs = this.#known.map(({ epoch }) => epoch).join(' ')
    return createHash('sha256').update(epochs).digest('hex').slice(0, 32)
  }

  epochOf(shard: number): string {
    return this.#known[shard]?.epoch ?? ''
  }

  /** Whether a version was given in the life before, and the server did not know of it any more when this one began. */
  hasLost(shard: number, version: number): boolean {
    const before = this.#known[shard]?.before
    return before !== undefined && version > before && version <= before + JUMP
  }

  /** Throws FatalError when the store has been made anew with another number of shards. */
  heard(greetings: readonly Greeting[]): readonly Greeting[] {
    for (const greeting of greetings) {
      if (greeting.shards !== this.#shards) {
        throw new FatalError(
          `the store has ${greeting.shards} shards now, and had ${this.#shards}; start this daemon anew`,
        )
      }
      const before = this.#known[greeting.shard]
      this.#known[greeting.shard] = greeting
      if (before === undefined) continue
      if (before.epoch !== greeting.epoch) this.#gap('it was emptied, or is another one')
      else if (before.life !== greeting.life) this.#gap('it was started anew, or another server has taken over')
    }
    return greetings
  }
}
