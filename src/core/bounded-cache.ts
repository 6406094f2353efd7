// A cache that forgets what was not used lately, so that it never outgrows its bound.

/**
 * Two generations: what is used moves to the young one; when that is full it becomes the old one, and what the old one still
 * held is forgotten. Every step costs the same small time, unlike an exact "least recently used" list.
 */
export class BoundedCache<Key, Value extends NonNullable<unknown>> {
  readonly #half: number
  #young = new Map<Key, Value>()
  #old = new Map<Key, Value>()

  /** Holds at most `limit` values (at least two). */
  constructor(limit: number) {
    this.#half = Math.max(1, Math.floor(limit / 2))
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  delete(key: Key): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
  }
}
