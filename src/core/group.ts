// The changes that are saved together, and for which items each of them is.
import type { Item } from './saving.ts'
import type { Change, SaveResult } from './store.ts'
import { keyOf } from './waiting-items.ts'

export class Group {
  readonly items: Item[] = []
  readonly changes: Change[] = []
  /** Where several tabs of a user make one change: of each item, which; and by their entries, those that there are. */
  readonly #places: number[] | undefined
  readonly #byEntry = new Map<string, number>()

  /**
   * Where other nodes write as well, changes of one entry are made one: all have been made of the same version, so that one alone would count.
   * Each was drafted upon those before it.
   */
  constructor(joins: boolean) {
    this.#places = joins ? [] : undefined
  }

  add(item: Item, change: Change): void {
    this.items.push(item)
    if (this.#places === undefined) {
      this.changes.push(change)
      return
    }
    const known = this.#byEntry.get(keyOf(change))
    const place = known ?? this.changes.length
    this.#byEntry.set(keyOf(change), place)
    this.#places.push(place)
    if (known === undefined || !item.waiting.again) this.changes[place] = change
  }

  /** What became of the change that this item is part of; undefined when there is no such item. */
  outcome(index: number, results: readonly SaveResult[]): readonly [Change, SaveResult] | undefined {
    const place = this.#places === undefined ? index : this.#places[index]
    const [change, result] = place === undefined ? [] : [this.changes[place], results[place]]
    return change === undefined || result === undefined ? undefined : [change, result]
  }
}
