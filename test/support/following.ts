// A node that follows a store in tests: what it knows after what it was told, and when it knows more.
import type { Entry, Follower, PresenceStore } from '../../src/core/store.ts'

export class FollowingNode implements Follower {
  readonly store: PresenceStore
  /** By user and source: the newest entry. */
  readonly known = new Map<string, Entry>()
  readonly records = new Map<string, unknown>()
  /** In the order in which it was told of them. */
  readonly told: Entry[] = []
  readonly gaps: string[] = []
  readonly availability: boolean[] = []
  #wake: (() => void)[] = []

  constructor(store: PresenceStore) {
    this.store = store
    store.follow(this)
  }

  changed(entries: readonly Entry[]): void {
    this.told.push(...entries)
    for (const entry of entries) this.apply(entry)
    this.#stir()
  }

  record(name: string, value: unknown): void {
    this.records.set(name, value)
    this.#stir()
  }

  gap(reason: string): void {
    this.gaps.push(reason)
    this.#stir()
  }

  available(connected: boolean): void {
    this.availability.push(connected)
    this.#stir()
  }

  /** Loads everything; as the contract says, the last word counts. */
  async load(): Promise<this> {
    this.known.clear()
    for await (const entry of this.store.load()) this.#put(entry)
    return this
  }

  /** Takes an answer to an own save, or what it was told, unless something newer is known. */
  apply(entry: Entry): void {
    if ((this.known.get(nameOf(entry))?.version ?? 0) < entry.version) this.#put(entry)
  }

  /** Resolves once this holds, looking again whenever something was told. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }

  /** Everything known, in an order of its own. */
  get contents(): readonly string[] {
    return [...this.known.values()]
      .map((entry) => `${nameOf(entry)} ${JSON.stringify([entry.presence, entry.mark, entry.version])}`)
      .sort()
  }

  #put(entry: Entry): void {
    if (entry.presence === undefined && entry.mark === undefined) this.known.delete(nameOf(entry))
    else this.known.set(nameOf(entry), entry)
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

function nameOf({ userId, source }: Entry): string {
  return JSON.stringify([userId, source])
}
