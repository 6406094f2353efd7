// The store in memory, for tests: its contents outlive it, other nodes share them, and a test can make its saves fail or wait.
import { SavingError } from '../core/errors.ts'
import type { Change, Entry, Follower, Guard, Lease, PresenceStore, SaveResult, StoreState } from '../core/store.ts'
import { type Member, MemoryHub } from './memory-hub.ts'

/** What lets waiting saves, or waiting news, go on. */
export type Release = () => void

export class MemoryStore implements PresenceStore, Member {
  readonly shared: boolean
  readonly shards: number
  readonly clockOffset = 0
  state: StoreState = { connected: true, since: Date.now() }
  readonly #hub: MemoryHub
  readonly #leases = new Set<MemoryLease>()
  readonly #denied = new Set<string>()
  #follower: Follower | undefined
  #following = false
  #position: readonly number[]
  #gate: Promise<void> = Promise.resolve()
  #underWay: Promise<unknown> = Promise.resolve()
  #failure: Error | undefined
  #state: 'open' | 'closed' | 'crashed' = 'open'

  constructor(hub = new MemoryHub()) {
    this.#hub = hub
    this.shared = hub.shared
    this.shards = hub.versions.length
    this.#position = [...hub.versions]
    hub.join(this)
  }

  /** Another store on the same contents, as after a restart, or as that of another node. */
  reopen(): MemoryStore {
    return new MemoryStore(this.#hub)
  }

  /** As `kill -9`: saves under way are neither made nor answered. Gives the store as it is found afterwards. */
  crash(): MemoryStore {
    this.#state = 'crashed'
    this.#hub.leave(this)
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

  /** From now on this node is told nothing of the others, until the result is called. */
  holdNews(): Release {
    this.#hub.hold(this, true)
    return () => this.#hub.hold(this, false)
  }

  /** As if the network were cut: saves fail, and nothing is told, until the result is called. */
  cutOff(): Release {
    const news = this.holdNews()
    const see = (connected: boolean): void => {
      this.failSaves(connected ? undefined : new SavingError('the store is away'))
      this.state = { connected, since: Date.now() }
      this.#follower?.available(connected)
    }
    see(false)
    return () => {
      see(true)
      news()
    }
  }

  /** What this node was not told yet is lost, and it has to load anew. */
  loseNews(): void {
    this.#following = false
    this.#hub.lose(this)
  }

  /** Takes away a lease, as if this node could not renew it in time, or lets this node have it again. Granted at first. */
  grantLease(name: string, granted: boolean): void {
    if (granted) this.#denied.delete(name)
    else this.#denied.add(name)
    if (!granted) this.#hub.giveUp(name, this)
    this.lookAgain()
  }

  get follower(): Follower | undefined {
    return this.#follower
  }

  get following(): boolean {
    return this.#following
  }

  get epoch(): string {
    return this.#hub.epoch
  }

  get position(): readonly number[] {
    return this.#position
  }

  shardOf(userId: string): number {
    return this.#hub.shardOf(userId)
  }

  hasLost(): boolean {
    return false
  }

  async *load(): AsyncGenerator<Entry> {
    if (!this.state.connected) throw new SavingError('the store is away')
    this.#following = false
    this.#hub.forgetNews(this)
    const position = [...this.#hub.versions]
    const records = [...this.#hub.records]
    yield* [...this.#hub.users.values()].flatMap((sources) => [...sources.values()])
    for (const [name, json] of records) this.#follower?.record(name, JSON.parse(json))
    this.#position = position
    this.#following = true
    setImmediate(() => this.#hub.deliver(this))
  }

  count(): Promise<number> {
    return Promise.resolve([...this.#hub.users.values()].reduce((sum, sources) => sum + sources.size, 0))
  }

  save(changes: readonly Change[]): Promise<readonly SaveResult[]> {
    const copies = structuredClone(changes)
    return this.#write(() => copies.map((change) => this.#hub.apply(this, change)))
  }

  records(): Promise<ReadonlyMap<string, unknown>> {
    const parsed = [...this.#hub.records].map(([name, json]): [string, unknown] => [name, JSON.parse(json)])
    return Promise.resolve(new Map(parsed))
  }

  saveRecord(name: string, value: unknown, guard?: Guard): Promise<boolean> {
    const json = JSON.stringify(value)
    return this.#write(() => this.#hub.applyRecord(this, name, json, guard))
  }

  raiseFence(source: string, fence: number): Promise<void> {
    return this.#write(() => this.#hub.raiseFence(source, fence))
  }

  follow(follower: Follower): void {
    this.#follower = {
      ...follower,
      record: (name, value) => follower.record(name, value),
      gap: (why) => follower.gap(why),
      available: (connected) => follower.available(connected),
      changed: (entries, position) => {
        this.#position = position
        follower.changed(entries, position)
      },
    }
  }

  lease(name: string): Lease {
    const lease = new MemoryLease(name, this.#hub, () => {
      this.#leases.delete(lease)
      this.#hub.giveUp(name, this)
    })
    this.#leases.add(lease)
    this.#look(lease)
    return lease
  }

  lookAgain(): void {
    for (const lease of this.#leases) this.#look(lease)
  }

  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closed'
    await this.#underWay
    this.#hub.leave(this)
    for (const lease of this.#leases) lease.set(false)
  }

  #look(lease: MemoryLease): void {
    if (!this.#denied.has(lease.name)) this.#hub.ask(lease.name, this)
    lease.set(this.#hub.holds(lease.name, this))
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
}

class MemoryLease implements Lease {
  readonly name: string
  readonly #hub: MemoryHub
  readonly #released: () => void
  readonly #listeners: ((held: boolean) => void)[] = []
  #held = false
  #fence = 0

  constructor(name: string, hub: MemoryHub, released: () => void) {
    this.name = name
    this.#hub = hub
    this.#released = released
  }

  get held(): boolean {
    return this.#held
  }

  get fence(): number {
    return this.#fence
  }

  set(held: boolean): void {
    if (held === this.#held) return
    this.#held = held
    if (held) this.#fence = this.#hub.grant()
    for (const listener of this.#listeners) listener(held)
  }

  onChange(listener: (held: boolean) => void): void {
    this.#listeners.push(listener)
  }

  release(): Promise<void> {
    this.#held = false
    this.#released()
    return Promise.resolve()
  }
}
