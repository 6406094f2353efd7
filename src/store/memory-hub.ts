// What the memory stores of several nodes share: the contents, the leases, and the delivery of changes among them.
import { randomUUID } from 'node:crypto'
import type { Change, Entry, Follower, Guard, SaveResult } from '../core/store.ts'

/** One of the nodes. */
export interface Member {
  readonly follower: Follower | undefined
  /** Of each shard: up to where it was told. */
  readonly position: readonly number[]
  /** From now on it is told what happens. */
  readonly following: boolean
  /** What it was not told yet is lost, and it has to load anew. */
  loseNews(): void
  /** Its leases look again who holds. */
  lookAgain(): void
}

interface News {
  readonly by: Member
  readonly shard: number
  readonly version: number
  readonly entry?: Entry
  readonly record?: readonly [name: string, json: string]
}

export interface HubOptions {
  /** Whether several nodes are expected to write. */
  readonly shared?: boolean
  readonly shards?: number
}

/** As a disk or a server, it outlives the stores. */
export class MemoryHub {
  readonly shared: boolean
  /** By user, then by source. */
  readonly users = new Map<string, Map<string, Entry>>()
  /** JSON texts, so that what comes back has been through the same as in a real store. */
  readonly records = new Map<string, string>()
  epoch = randomUUID()
  /** Of each shard: the newest version. */
  versions: number[]
  readonly #members = new Map<Member, News[]>()
  readonly #held = new Set<Member>()
  readonly #fences = new Map<string, number>()
  /** Who has asked for each lease, the first of them holding it. */
  readonly #queues = new Map<string, Member[]>()
  #grants = 0

  constructor({ shared = false, shards = 1 }: HubOptions = {}) {
    this.shared = shared
    this.versions = new Array<number>(shards).fill(0)
  }

  shardOf(userId: string): number {
    return userId.length === 0 ? 0 : userId.charCodeAt(0) % this.versions.length
  }

  join(member: Member): void {
    this.#members.set(member, [])
  }

  leave(member: Member): void {
    this.#members.delete(member)
    for (const name of this.#queues.keys()) this.giveUp(name, member)
  }

  apply(by: Member, change: Change): SaveResult {
    const { ifVersion, fence, ...entry } = change
    if (fence !== undefined && fence < this.#fenceOf(change.source)) return { refused: 'fence' }
    const sources = this.users.get(change.userId) ?? new Map<string, Entry>()
    const current = sources.get(change.source)
    if (ifVersion !== undefined && ifVersion !== (current?.version ?? 0)) return { refused: 'version', current }
    const shard = this.shardOf(change.userId)
    const version = this.#next(shard)
    const saved: Entry = { ...entry, version }
    this.users.set(change.userId, sources)
    if (change.presence !== undefined || change.mark !== undefined) sources.set(change.source, saved)
    else sources.delete(change.source)
    if (sources.size === 0) this.users.delete(change.userId)
    this.#spread({ by, shard, version, entry: saved })
    return version
  }

  applyRecord(by: Member, name: string, json: string, guard: Guard | undefined): boolean {
    if (guard !== undefined && guard.fence < this.#fenceOf(guard.source)) return false
    this.records.set(name, json)
    this.#spread({ by, shard: 0, version: this.#next(0), record: [name, json] })
    return true
  }

  raiseFence(source: string, fence: number): void {
    this.#fences.set(source, Math.max(fence, this.#fenceOf(source)))
  }

  /** While on, a node is told nothing; afterwards all that it has missed. */
  hold(member: Member, on: boolean): void {
    if (on) this.#held.add(member)
    else this.#held.delete(member)
    this.deliver(member)
  }

  /** Nothing that was to be told is: what a trimmed stream does. */
  lose(member: Member): void {
    this.#members.set(member, [])
    member.follower?.gap('a test has lost its changes')
  }

  /** Everything is gone, and what is saved from now on is another store's: what FLUSHALL does. */
  empty(): void {
    this.users.clear()
    this.records.clear()
    this.#fences.clear()
    this.epoch = randomUUID()
    this.versions = this.versions.map(() => 0)
    for (const member of this.#members.keys()) member.loseNews()
  }

  deliver(member: Member): void {
    const news = this.#members.get(member)
    if (news === undefined || !member.following || this.#held.has(member)) return
    const told = news.splice(0)
    if (told.length === 0) return
    const own = new Map<string, number>()
    const nameOf = ({ userId, source }: Entry): string => JSON.stringify([userId, source])
    for (const { by, entry } of told) if (by === member && entry) own.set(nameOf(entry), entry.version)
    const others = told.filter(
      ({ by, entry }) => by !== member && entry && entry.version > (own.get(nameOf(entry)) ?? 0),
    )
    const entries = others.flatMap(({ entry }) => (entry === undefined ? [] : [entry]))
    for (const { by, record } of told) {
      if (by !== member && record !== undefined) member.follower?.record(record[0], JSON.parse(record[1]))
    }
    const position = [...member.position]
    for (const { shard, version } of told) position[shard] = version
    member.follower?.changed(entries, position)
  }

  /** Whoever loads knows all that happened before. */
  forgetNews(member: Member): void {
    if (this.#members.has(member)) this.#members.set(member, [])
  }

  ask(name: string, member: Member): void {
    const queue = this.#queues.get(name) ?? []
    this.#queues.set(name, queue)
    if (!queue.includes(member)) queue.push(member)
  }

  giveUp(name: string, member: Member): void {
    const queue = this.#queues.get(name) ?? []
    const heirs = queue.filter((other) => other !== member)
    this.#queues.set(name, heirs)
    if (queue[0] !== heirs[0]) heirs[0]?.lookAgain()
  }

  holds(name: string, member: Member): boolean {
    return this.#queues.get(name)?.[0] === member
  }

  grant(): number {
    this.#grants += 1
    return this.#grants
  }

  #next(shard: number): number {
    const version = (this.versions[shard] ?? 0) + 1
    this.versions[shard] = version
    return version
  }

  #fenceOf(source: string): number {
    return this.#fences.get(source) ?? 0
  }

  #spread(news: News): void {
    for (const [member, waiting] of this.#members) {
      if (member.follower === undefined) continue
      waiting.push(news)
      if (waiting.length > 1) continue
      // After the answer to whoever saved it.
      setImmediate(() => this.deliver(member))
    }
  }
}
