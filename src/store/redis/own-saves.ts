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
  /** Saves that were answered, with how many of their changes have not come back yet. */
  readonly #succeeded = new Map<string, number>()
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
      if (saved !== undefined && saved.length > 0) this.#succeeded.set(token, saved.length)
      for (const { shard, key, version } of saved ?? []) this.#versions.set(nameOf(shard, key), version)
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
    const left = this.#succeeded.get(token)
    if (left === undefined) return own < version
    if (left === 1) this.#succeeded.delete(token)
    else this.#succeeded.set(token, left - 1)
    if (own <= version) this.#versions.delete(name)
    return false
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
