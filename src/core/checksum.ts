// One short word for everything that is saved, the same on every node that has the same, in whatever order it came. No security lies in it.
import type { SourcePresence } from './presence.ts'
import type { PresenceStore } from './store.ts'
import type { Slot, UserTable } from './user-table.ts'
import { inSlices } from './walk.ts'

export interface Checksum {
  /** Of the store: nodes on different ones can't be compared. */
  readonly epoch: string
  /** Of each shard: the version up to which this node knows everything. */
  readonly position: readonly number[]
  readonly entries: number
  /** Sixteen hexadecimal digits. */
  readonly checksum: string
  /** Something was saved while it was computed, so that it may be of no moment that there was. */
  readonly moving: boolean
}

/** Computed in slices, so that nobody waits for it: about a microsecond for each entry. */
export async function checksumOf(
  store: Pick<PresenceStore, 'epoch' | 'position'>,
  table: UserTable,
): Promise<Checksum> {
  const { epoch, position } = store
  const sum = new Sum()
  await inSlices(table, ({ userId, slots }) => {
    for (const slot of slots) sum.add(userId, slot)
    return true
  })
  const moving = String(position) !== String(store.position)
  return { epoch, position, entries: sum.entries, checksum: sum.text, moving }
}

/** A sum of the entries' hashes, since a sum knows no order. Times are left out: nodes may have clamped them differently. */
class Sum {
  entries = 0
  #high = 0
  #low = 0

  add(userId: string, { source, version, presence }: Slot): void {
    const hash = new Hash()
    for (const word of [userId, source, String(version)]) hash.add(word)
    hash.addPresence(presence)
    this.entries += 1
    this.#high = (this.#high + hash.high) >>> 0
    this.#low = (this.#low + hash.low) >>> 0
  }

  get text(): string {
    return [this.#high, this.#low].map((half) => half.toString(16).padStart(8, '0')).join('')
  }
}

/** Two runs of FNV-1a over UTF-16 units, with different beginnings, and mixed at the end so that sums of similar entries differ. */
class Hash {
  #one = 0x811c9dc5
  #two = 0x9747b28c

  add(word: string): void {
    let [one, two] = [this.#one, this.#two]
    for (let index = 0; index < word.length; index += 1) {
      const unit = word.charCodeAt(index)
      one = Math.imul(one ^ unit, 0x01000193)
      two = Math.imul(two ^ unit, 0x85ebca6b)
    }
    // What ends a word stands in none.
    this.#one = Math.imul(one ^ 0x10000, 0x01000193)
    this.#two = Math.imul(two ^ 0x10000, 0x85ebca6b)
  }

  addPresence({ status, message, devices = [] }: SourcePresence): void {
    this.add(status)
    this.add(message)
    for (const one of devices) for (const word of [one.device, one.status, one.message]) this.add(word)
  }

  get high(): number {
    return mixed(this.#one)
  }

  get low(): number {
    return mixed(this.#two)
  }
}

function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (half ^ (half >>> 13)) >>> 0
}
