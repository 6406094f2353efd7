// What watchers are told: which changes count, and what somebody who comes back has missed.
import type { Presence } from './presence.ts'
import type { Entry } from './store.ts'
import { domainOf } from './user-index.ts'
import type { UserRecord, UserTable } from './user-table.ts'
import { inSlices } from './walk.ts'
import { type Subscription, type WatchChoice, Watchers } from './watchers.ts'

/** How many users that were taken away are remembered for those who come back. */
const REMOVALS_KEPT = 10_000

/** Where a watcher stands: the store, and how much of it was told. */
export interface Position {
  /** Sequences of different epochs can't be compared. */
  readonly epoch: string
  readonly sequence: number
}

export interface WatchingParts {
  readonly table: UserTable
  read(userId: string): Presence
  /** Of the store, when it was loaded. */
  readonly start: Position
  /** Whether a deadline has passed whose outcome is not saved yet, so that no version tells of it. */
  isTurned(user: UserRecord): boolean
}

export class Watching {
  readonly #parts: WatchingParts
  readonly #watchers = new Watchers()
  #sequence: number
  /** Users who are not known any more, and since when; in that order. */
  readonly #removed = new Map<string, number>()
  /** Removals up to here are not remembered (any more). */
  #removalsFrom: number
  /** When the standing of each collector was last lost, as a sequence: its users became stale then. */
  readonly #standings = new Map<string, number>()

  constructor(parts: WatchingParts, collectors: Iterable<string>) {
    this.#parts = parts
    this.#sequence = parts.start.sequence
    this.#removalsFrom = parts.start.sequence
    // A start makes everybody whom a collector sees stale.
    for (const name of collectors) this.#standings.set(name, this.#sequence)
  }

  get position(): Position {
    return { epoch: this.#parts.start.epoch, sequence: this.#sequence }
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
      if (looks(this.#parts.read(userId)) !== before) this.#watchers.changed(userId, this.#sequence)
    }
  }

  /** A deadline of the user has passed. */
  turned(userId: string): void {
    if (this.#watchers.watches(userId)) this.#watchers.changed(userId, this.#sequence)
  }

  /** A collector was lost: its users are stale now. */
  async lost(source: string): Promise<void> {
    this.#standings.set(source, this.#sequence)
    if (this.#watchers.count === 0) return
    await inSlices(this.#parts.table, (user) => {
      if (user.slots.some((slot) => slot.source === source)) this.turned(user.userId)
      return true
    })
  }

  /** The rules have changed, and with them perhaps everybody. */
  async rulesChanged(): Promise<void> {
    this.#removalsFrom = this.#sequence
    for (const name of this.#standings.keys()) this.#standings.set(name, this.#sequence)
    await inSlices(this.#parts.table, (user) => {
      this.turned(user.userId)
      return true
    })
  }

  /** Whether it can be said what somebody at this position has missed. */
  remembers({ epoch, sequence }: Position): boolean {
    const { start } = this.#parts
    return epoch === start.epoch && sequence >= this.#removalsFrom && sequence <= this.#sequence
  }

  /** Whether a user may have changed since this sequence. */
  missed(userId: string, sequence: number): boolean {
    const user = this.#parts.table.get(userId)
    if (user === undefined) return (this.#removed.get(userId) ?? -1) > sequence
    if (user.version > sequence || this.#parts.isTurned(user)) return true
    return user.slots.some((slot) => (this.#standings.get(slot.source) ?? -1) >= sequence)
  }

  /** Those of a choice who are not known any more since this sequence. */
  *removedSince(choice: WatchChoice, sequence: number): Generator<string> {
    for (const [userId, removed] of this.#removed) if (removed > sequence && includes(choice, userId)) yield userId
  }

  #advance(userId: string, version: Entry['version']): void {
    this.#sequence = Math.max(this.#sequence, version)
    this.#removed.delete(userId)
    if (this.#parts.table.get(userId) !== undefined) return
    this.#removed.set(userId, version)
    if (this.#removed.size <= REMOVALS_KEPT) return
    for (const [oldest, removed] of this.#removed) {
      this.#removed.delete(oldest)
      this.#removalsFrom = removed
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
