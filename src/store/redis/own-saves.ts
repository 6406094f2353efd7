// What this node has saved itself: its own changes come back through the streams, and what others did before them comes late.

export interface OwnSave {
  /** Goes with every change into the stream. */
  readonly token: string
  /** It was answered: with success, and this is what it saved, or with an error, and nobody knows. */
  done(saved: readonly Saved[] | undefined): void
}

export interface Saved {
  readonly shard: number
  readonly key: Buffer
  readonly version: number
}

export class OwnSaves {
  readonly #node: string
  #count = 0
  readonly #pending = new Map<string, Promise<void>>()
  /** Saves that were answered, and of each the last version in each shard that has not come back yet. */
  readonly #succeeded = new Map<string, Map<number, number>>()
  /** The newest own version of each entry, until it comes back. */
  readonly #versions = new Map<string, number>()

  constructor(node: string) {
    this.#node = node
  }

  begin(): OwnSave {
    this.#count += 1
    const token = `${this.#node}:${this.#count}`
    let settle: () => void = () => {}
    this.#pending.set(token, new Promise((resolve) => (settle = resolve)))
    const done = (saved: readonly Saved[] | undefined): void => {
      const last = new Map<number, number>()
      for (const { shard, key, version } of saved ?? []) {
        this.#versions.set(nameOf(shard, key), version)
        last.set(shard, Math.max(version, last.get(shard) ?? 0))
      }
      if (last.size > 0) this.#succeeded.set(token, last)
      // Whoever saved it acts on the answer first.
      setImmediate(() => {
        this.#pending.delete(token)
        settle()
      })
    }
    return { token, done }
  }

  /** Resolves when this save, if it is one of this node, has been answered. */
  answered(token: string): Promise<void> | undefined {
    return this.#pending.get(token)
  }

  /** Resolves when every save that is under way now has been answered. */
  async allAnswered(): Promise<void> {
    await Promise.all(this.#pending.values())
  }

  /** Whether a change is news for this node: neither its own and answered as such, nor overtaken by one that was. */
  isNews(shard: number, token: string, key: Buffer, version: number): boolean {
    const name = nameOf(shard, key)
    const own = this.#versions.get(name) ?? 0
    const last = this.#succeeded.get(token)
    if (last === undefined) return own < version
    this.#back(token, last, shard, version)
    if (own <= version) this.#versions.delete(name)
    return false
  }

  /** How much is remembered. */
  get size(): number {
    return this.#succeeded.size + this.#versions.size
  }

  /** A shard was loaded: what was saved up to this version never comes back. */
  passed(shard: number, version: number): void {
    for (const [token, last] of this.#succeeded) this.#back(token, last, shard, version)
    const ofShard = nameOf(shard, Buffer.alloc(0))
    for (const [name, own] of this.#versions) {
      if (own <= version && name.startsWith(ofShard)) this.#versions.delete(name)
    }
  }

  #back(token: string, last: Map<number, number>, shard: number, version: number): void {
    if (version >= (last.get(shard) ?? Number.POSITIVE_INFINITY)) last.delete(shard)
    if (last.size === 0) this.#succeeded.delete(token)
  }

  /** Everything that has been answered will be loaded. */
  forget(): void {
    this.#succeeded.clear()
    this.#versions.clear()
  }
}

function nameOf(shard: number, key: Buffer): string {
  return `${shard} ${key.toString('latin1')}`
}
