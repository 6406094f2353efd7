// What the memory stores of several nodes share: the contents, the leases, and the delivery of changes among them.
import { randomUUID } from 'node:crypto'
import type { Change, Entry, Follower, Guard, SaveResult } from '../core/store.ts'

/** One of the nodes. */
export interface Member {
  readonly follower: Follower | undefined
  /** From now on it is told what happens. */
  readonly following: boolean
  /** Its leases look again who holds. */
  lookAgain(): void
}

interface News {
  readonly by: Member
  readonly version: number
  readonly entry?: Entry
  readonly record?: readonly [name: string, json: string]
}

/** As a disk or a server, it outlives the stores. */
export class MemoryHub {
  /** By user, then by source. */
  readonly users = new Map<string, Map<string, Entry>>()
  /** JSON texts, so that what comes back has been through the same as in a real store. */
  readonly records = new Map<string, string>()
  readonly epoch = randomUUID()
  readonly #members = new Map<Member, News[]>()
  readonly #held = new Set<Member>()
  readonly #fences = new Map<string, number>()
  /** Who has asked for each lease, the first of them holding it. */
  readonly #queues = new Map<string, Member[]>()
  #grants = 0
  version = 0

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
    this.version += 1
    const saved: Entry = { ...entry, version: this.version }
    this.users.set(change.userId, sources)
    if (change.presence !== undefined || change.mark !== undefined) sources.set(change.source, saved)
    else sources.delete(change.source)
    if (sources.size === 0) this.users.delete(change.userId)
    this.#spread({ by, version: this.version, entry: saved })
    return this.version
  }

  applyRecord(by: Member, name: string, json: string, guard: Guard | undefined): boolean {
    if (guard !== undefined && guard.fence < this.#fenceOf(guard.source)) return false
    this.version += 1
    this.records.set(name, json)
    this.#spread({ by, version: this.version, record: [name, json] })
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

  deliver(member: Member): void {
    const news = this.#members.get(member)
    if (news === undefined || !member.following || this.#held.has(member)) return
    const told = news.splice(0)
    const last = told.at(-1)
    if (last === undefined) return
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
    member.follower?.changed(entries, [last.version])
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
