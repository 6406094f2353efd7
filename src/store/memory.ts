// The store in memory, for tests: its contents outlive it, and a test can make its saves fail or wait.
import { randomUUID } from 'node:crypto'
import { SavingError } from '../core/errors.ts'
import type { Change, Entry, Lease, PresenceStore } from '../core/store.ts'

/** What a memory store leaves behind, as a disk would. */
class Contents {
  /** By user, then by source. */
  readonly users = new Map<string, Map<string, Entry>>()
  /** JSON texts, so that what comes back has been through the same as in a real store. */
  readonly records = new Map<string, string>()
  version = 0
  readonly epoch = randomUUID()
}

/** What lets waiting saves go on. */
export type Release = () => void

export class MemoryStore implements PresenceStore {
  readonly #contents: Contents
  readonly #listeners: ((entries: readonly Entry[]) => void)[] = []
  readonly #leases = new Set<MemoryLease>()
  readonly #denied = new Set<string>()
  #gate: Promise<void> = Promise.resolve()
  #underWay: Promise<unknown> = Promise.resolve()
  #failure: Error | undefined
  #state: 'open' | 'closed' | 'crashed' = 'open'

  constructor(contents = new Contents()) {
    this.#contents = contents
  }

  /** Another store on the same contents, as after a restart. */
  reopen(): MemoryStore {
    return new MemoryStore(this.#contents)
  }

  /** As `kill -9`: saves under way are neither made nor answered. Gives the store as it is found afterwards. */
  crash(): MemoryStore {
    this.#state = 'crashed'
    return this.reopen()
  }

  /** From now on every save is refused with this error, until it is called without one. Held saves are judged when released. */
  failSaves(error?: Error): void {
    this.#failure = error
  }

  /** From now on saves wait, in their order, until the result is called; only then are they made. */
  holdSaves(): Release {
    let release: Release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const before = this.#gate
    this.#gate = before.then(() => released)
    return () => release()
  }

  /** Grants or takes away a lease, as another node would by going or coming. Granted at first. */
  grantLease(name: string, granted: boolean): void {
    if (granted) this.#denied.delete(name)
    else this.#denied.add(name)
    for (const lease of this.#leases) if (lease.name === name) lease.set(granted)
  }

  /** Tells the listeners of changes as if another node had made them; the contents stay as they are. */
  changeRemotely(entries: readonly Entry[]): void {
    for (const listener of this.#listeners) listener(entries)
  }

  get epoch(): string {
    return this.#contents.epoch
  }

  get sequence(): number {
    return this.#contents.version
  }

  async *load(): AsyncGenerator<Entry> {
    yield* [...this.#contents.users.values()].flatMap((sources) => [...sources.values()])
  }

  save(changes: readonly Change[]): Promise<readonly number[]> {
    const copies = structuredClone(changes)
    return this.#write(() => copies.map((change) => this.#apply(change)))
  }

  records(): Promise<ReadonlyMap<string, unknown>> {
    const parsed = [...this.#contents.records].map(([name, json]): [string, unknown] => [name, JSON.parse(json)])
    return Promise.resolve(new Map(parsed))
  }

  saveRecord(name: string, value: unknown): Promise<void> {
    const json = JSON.stringify(value)
    return this.#write(() => {
      this.#contents.records.set(name, json)
    })
  }

  onRemoteChange(listener: (entries: readonly Entry[]) => void): void {
    this.#listeners.push(listener)
  }

  lease(name: string): Lease {
    const lease = new MemoryLease(name, !this.#denied.has(name), () => this.#leases.delete(lease))
    this.#leases.add(lease)
    return lease
  }

  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closed'
    await this.#underWay
  }

  #write<Result>(make: () => Result): Promise<Result> {
    if (this.#state !== 'open') return Promise.reject(new SavingError(`the store is ${this.#state}`))
    const made = this.#gate.then(() => {
      if (this.#state === 'crashed') return new Promise<never>(() => {})
      if (this.#failure !== undefined) throw this.#failure
      return make()
    })
    this.#underWay = Promise.allSettled([this.#underWay, made])
    return made
  }

  #apply(change: Change): number {
    const { ifVersion, ...entry } = change
    const { users } = this.#contents
    const sources = users.get(change.userId) ?? new Map<string, Entry>()
    const current = sources.get(change.source)?.version ?? 0
    if (ifVersion !== undefined && ifVersion !== current) return 0
    this.#contents.version += 1
    const { version } = this.#contents
    users.set(change.userId, sources)
    if (change.presence !== undefined || change.mark !== undefined) sources.set(change.source, { ...entry, version })
    else sources.delete(change.source)
    if (sources.size === 0) users.delete(change.userId)
    return version
  }
}

class MemoryLease implements Lease {
  readonly name: string
  readonly #released: () => void
  readonly #listeners: ((held: boolean) => void)[] = []
  #held: boolean

  constructor(name: string, held: boolean, released: () => void) {
    this.name = name
    this.#held = held
    this.#released = released
  }

  get held(): boolean {
    return this.#held
  }

  set(held: boolean): void {
    if (held === this.#held) return
    this.#held = held
    for (const listener of this.#listeners) listener(held)
  }

  onChange(listener: (held: boolean) => void): void {
    this.#listeners.push(listener)
  }

  release(): Promise<void> {
    this.#released()
    this.#held = false
    return Promise.resolve()
  }
}
