// Which row of the table a user has, by the folded id.

/** So many maps share the users, since a Map that grows is copied as a whole, and the event loop waits for that. */
const PARTS = 1024
/** How much of an id decides on its part, in UTF-16 units. */
const LENGTH = 64

export class UserRows {
  readonly #parts: (Map<string, number> | undefined)[] = new Array(PARTS).fill(undefined)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** 0 for nobody. */
  get(userId: string): number {
    return this.#parts[partOf(userId)]?.get(userId) ?? 0
  }

  /** Somebody who was not there. */
  add(userId: string, row: number): void {
    const index = partOf(userId)
    let part = this.#parts[index]
    if (part === undefined) {
      part = new Map()
      this.#parts[index] = part
    }
    part.set(userId, row)
    this.#size += 1
  }

  remove(userId: string): void {
    if (this.#parts[partOf(userId)]?.delete(userId)) this.#size -= 1
  }
}

/** Spreads ids evenly. Whoever chose ids of one part would gain nothing: that is a Map, which knows how to bear it. */
function partOf(userId: string): number {
  let hash = 0
  const end = Math.min(userId.length, LENGTH)
  for (let index = 0; index < end; index += 1) hash = (Math.imul(hash, 31) + userId.charCodeAt(index)) | 0
  return (hash ^ (hash >>> 15)) & (PARTS - 1)
}
