// What watchers are told: which changes count, and what somebody who comes back has missed.
import type { Clock } from './clock.ts'
import { type Position, reaches } from './position.ts'
import type { Presence } from './presence.ts'
import { Standings } from './standings.ts'
import type { Entry, PresenceStore } from './store.ts'
import { domainOf } from './user-index.ts'
import type { UserRecord, UserTable } from './user-table.ts'
import { inSlices } from './walk.ts'
import { type Subscription, type WatchChoice, Watchers } from './watchers.ts'

/** How many users that were taken away are remembered for those who come back. */
const REMOVALS_KEPT = 10_000
/** How long whoever comes from a node that knew more waits for this one to know as much, in milliseconds. */
export const CATCH_UP = 3_000

export interface WatchingParts {
  readonly table: UserTable
  readonly clock: Clock
  /** Loaded already, or about to be. */
  readonly store: Pick<PresenceStore, 'epoch' | 'position' | 'shared' | 'shardOf'>
  read(userId: string): Presence
  /** Whether a deadline has passed whose outcome is not saved yet, so that no version tells of it. */
  isTurned(user: UserRecord): boolean
}

export class Watching {
  readonly #parts: WatchingParts
  readonly #watchers = new Watchers()
  #epoch: string
  /** Of each shard: everything up to this version is known here. */
  #told: number[]
  /** Of each shard: the newest version that is known here, though maybe not all before it. Of a store of one node nothing. */
  readonly #ahead: number[]
  #position: Position | undefined
  /** Users who are not known any more, and since when; in that order. */
  readonly #removed = new Map<string, number>()
  /** Of each shard: removals up to here are not remembered (any more). */
  #removalsFrom: number[]
  /** When the users of each collector became stale last. */
  readonly #standings: Standings
  /** Who waits until this node knows more. */
  readonly #behind = new Set<() => void>()

  constructor(parts: WatchingParts, collectors: Iterable<string>) {
    this.#parts = parts
    const { store, clock } = parts
    this.#epoch = store.epoch
    this.#told = [...store.position]
    this.#ahead = store.shared ? [...store.position] : []
    this.#removalsFrom = [...store.position]
    // A start makes everybody whom a collector sees stale.
    this.#standings = new Standings(collectors, store.position, store.shared ? clock : undefined)
  }

  /** Whoever was told everything until now stands here. */
  get position(): Position {
    this.#position ??= { epoch: this.#epoch, told: [...this.#told] }
    return this.#position
  }

  /** A position as it has to be told with what is known now: somebody may be shown newer things than all that the position counts. */
  telling(position: Position): Position {
    if (!this.#parts.store.shared) return position
    const seen = this.#told.map((version, shard) => Math.max(version, this.#ahead[shard] ?? 0))
    return reaches(position.told, seen) ? position : { ...position, seen }
  }

  /** How many watch. */
  get count(): number {
    return this.#watchers.count
  }

  subscribe(choice: WatchChoice, wake: () => void): Subscription {
    return this.#watchers.subscribe(choice, wake)
  }

  /** Before a saved change is applied; afterwards the result tells the watchers, if it made a difference to anybody. */
  observe(userId: string): (version: number) => void {
    if (!this.#watchers.watches(userId)) return (version) => this.#advance(userId, version)
    const before = looks(this.#parts.read(userId))
    return (version) => {
      this.#advance(userId, version)
      if (looks(this.#parts.read(userId)) !== before) this.#watchers.changed(userId, this.position)
    }
  }

  /** Everything that was saved on any node is known up to here. */
  reached(position: readonly number[]): void {
    this.#told = [...position]
    this.#position = undefined
    this.#standings.reached(position)
    for (const look of this.#behind) look()
  }

  /** Everything was loaded anew up to here: of those who were taken away meanwhile not all were known here. */
  loadedAnew(position: readonly number[]): void {
    this.#removalsFrom = [...position]
    this.reached(position)
  }

  /** The store is another one, and its versions can't be compared with those before. */
  begunAnew(): void {
    const { store } = this.#parts
    this.#epoch = store.epoch
    this.#ahead.fill(0)
    this.#removed.clear()
    this.#removalsFrom = [...store.position]
    this.reached(store.position)
    this.#standings.allLost(store.position)
  }

  /** A deadline of the user has passed. */
  turned(userId: string): void {
    if (this.#watchers.watches(userId)) this.#watchers.changed(userId, this.position)
  }

  /** A collector was lost: its users are stale now. */
  async lost(source: string): Promise<void> {
    this.#standings.lost(source, this.#told)
    if (this.#watchers.count === 0) return
    await inSlices(this.#parts.table, (user) => {
      if (user.slot(source) !== undefined) this.turned(user.userId)
      return true
    })
  }

  /** The rules have changed, and with them perhaps everybody. */
  async rulesChanged(): Promise<void> {
    this.#removalsFrom = [...this.#told]
    this.#standings.allLost(this.#told)
    await inSlices(this.#parts.table, (user) => {
      this.turned(user.userId)
      return true
    })
  }

  /** Whether all that was saved of a user up to this version has been told here. */
  knows(userId: string, version: number): boolean {
    const { store } = this.#parts
    return store.epoch === this.#epoch && version <= (this.#told[store.shardOf(userId)] ?? 0)
  }

  /** Whether somebody at this position has seen what this node, which follows others, does not know yet. */
  isBehind({ epoch, told, seen = told }: Position): boolean {
    return this.#parts.store.shared && epoch === this.#epoch && !reaches(this.#told, seen)
  }

  /** Resolves once this node knows what somebody at this position has seen, or after a while. */
  async catchUp(position: Position): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!this.isBehind(position)) end()
      }
      const end = (): void => {
        cancel()
        this.#behind.delete(look)
        resolve()
      }
      const cancel = this.#parts.clock.after(CATCH_UP, end)
      this.#behind.add(look)
      look()
    })
  }

  /** Whether it can be said what somebody at this position has missed. */
  remembers({ epoch, told, seen = told }: Position): boolean {
    return epoch === this.#epoch && reaches(told, this.#removalsFrom) && reaches(this.#told, seen)
  }

  /** Whether a user may have changed since this position. */
  missed(userId: string, { told }: Position): boolean {
    const shard = this.#parts.store.shardOf(userId)
    const version = told[shard] ?? 0
    const user = this.#parts.table.get(userId)
    if (user === undefined) return (this.#removed.get(userId) ?? -1) > version
    if (user.version > version || this.#parts.isTurned(user)) return true
    return user.slots.some(({ source }) => this.#standings.lostSince(source, told, shard))
  }

  /** Those of a choice who are not known any more since this position. */
  *removedSince(choice: WatchChoice, { told }: Position): Generator<string> {
    const { store } = this.#parts
    for (const [userId, removed] of this.#removed) {
      if (removed > (told[store.shardOf(userId)] ?? 0) && includes(choice, userId)) yield userId
    }
  }

  #advance(userId: string, version: Entry['version']): void {
    const { store, table } = this.#parts
    const shard = store.shardOf(userId)
    const known = store.shared ? this.#ahead : this.#told
    if (version > (known[shard] ?? 0)) known[shard] = version
    if (!store.shared) this.#position = undefined
    this.#removed.delete(userId)
    if (table.get(userId) !== undefined) return
    this.#removed.set(userId, version)
    if (this.#removed.size <= REMOVALS_KEPT) return
    for (const [oldest, removed] of this.#removed) {
      this.#removed.delete(oldest)
      const from = store.shardOf(oldest)
      this.#removalsFrom[from] = Math.max(removed, this.#removalsFrom[from] ?? 0)
      break
    }
  }
}

function includes(choice: WatchChoice, userId: string): boolean {
  if ('users' in choice) return choice.users.has(userId)
  return 'everybody' in choice || choice.domain === domainOf(userId)
}

/** What counts as a change: everything but `updated`, and of a deadline only whether there is one. */
function looks({ combined, sources }: Presence): string {
  const sections = [...sources].map(([name, { status, message, since, stale, expires }]) => {
    return [name, status, message, since, stale, expires !== undefined]
  })
  return JSON.stringify([combined, sections])
}
