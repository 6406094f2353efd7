// What waits for the store, in the order of its last words, and how much of it each source has said.

interface OfSource {
  readonly waiting: { readonly source: string }
}

export class WaitingItems<Item extends OfSource> {
  readonly #items = new Map<string, Item>()
  readonly #counts = new Map<string, number>()

  get size(): number {
    return this.#items.size
  }

  /** How many there are of this source. */
  count(source: string): number {
    return this.#counts.get(source) ?? 0
  }

  get(key: string): Item | undefined {
    return this.#items.get(key)
  }

  /** Puts an item last, in place of whatever had its key. */
  set(key: string, item: Item): void {
    this.delete(key)
    this.#items.set(key, item)
    this.#add(item, 1)
  }

  delete(key: string): void {
    const item = this.#items.get(key)
    if (item === undefined) return
    this.#items.delete(key)
    this.#add(item, -1)
  }

  clear(): void {
    this.#items.clear()
    this.#counts.clear()
  }

  values(): Iterable<Item> {
    return this.#items.values()
  }

  [Symbol.iterator](): IterableIterator<[string, Item]> {
    return this.#items[Symbol.iterator]()
  }

  #add({ waiting: { source } }: Item, change: number): void {
    const count = this.count(source) + change
    if (count === 0) this.#counts.delete(source)
    else this.#counts.set(source, count)
  }
}

/** The key of what is said of a user. The names of sources have no control characters; those of users and devices may have any. */
export function keyOf({
  source,
  device,
  userId,
}: {
  source: string
  device?: string | undefined
  userId: string
}): string {
  return `${source}\u0000${device === undefined ? '' : `${device.length}:${device}`}\u0000${userId}`
}
