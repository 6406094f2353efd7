// What is found out while a store is loaded anew beside the table: what it has, what it has older, and what it has no more.
import type { Change, Entry } from './store.ts'
import type { Slot } from './user-table.ts'
import { keyOf } from './waiting-items.ts'

export class Comparison {
  /** By their places. */
  readonly #found = new Set<number>()
  readonly #older = new Map<number, number>()
  /** What was taken away meanwhile, and with which version: what the store was asked before may still have it. */
  readonly #removed = new Map<string, number>()

  /** The store has this of a slot, or has just been given it. */
  found(slot: Slot, version: number): void {
    this.#found.add(slot.place)
    if (version < slot.version) this.#older.set(slot.place, version)
    else this.#older.delete(slot.place)
  }

  removed(change: Change, version: number): void {
    this.#removed.set(keyOf(change), version)
  }

  /** Whether an entry is older than what is known to have been taken away. */
  isOverdue(entry: Entry): boolean {
    return entry.version < (this.#removed.get(keyOf(entry)) ?? 0)
  }

  has(slot: Slot): boolean {
    return this.#found.has(slot.place)
  }

  /** The version that the store has in the end, where the table has a newer one. */
  olderVersion(slot: Slot): number | undefined {
    return this.#older.get(slot.place)
  }
}
