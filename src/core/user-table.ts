// The table of users in memory: what is saved of everybody, and nothing derived.
import type { SourcePresence } from './presence.ts'
import type { Change, CombinedMark } from './store.ts'
import { type Page, type PageQuery, UserIndex } from './user-index.ts'

/** What one source says of a user, as saved. */
export interface Slot {
  readonly source: string
  presence: SourcePresence
  version: number
  /** The session of the collector that said it (see Standing). */
  session: number
  /** The deadline for which the expiry queue holds this slot; 0: none. */
  queuedFor: number
}

export interface UserRecord {
  /** Folded. */
  readonly userId: string
  readonly slots: Slot[]
  /** In the index. */
  readonly number: number
  /** The newest of all that was saved of the user, what was taken away included. */
  version: number
  mark: KnownMark | undefined
}

/** Where other nodes write as well: with the version of the entry that has it, since changes may come in another order than theirs. */
export interface KnownMark extends CombinedMark {
  readonly version?: number
}

/** What a source says of a user, as saved. */
export function slotOf({ slots }: UserRecord, source: string): Slot | undefined {
  for (const slot of slots) if (slot.source === source) return slot
  return undefined
}

/** Of a user's entries the newest that has said anything of it decides on the mark, in whichever order they come. */
export function takeMark(user: UserRecord, { presence, mark }: Change, version: number): void {
  user.version = Math.max(user.version, version)
  if (presence === undefined && mark === undefined) return
  if ((user.mark?.version ?? 0) < version) user.mark = mark && { ...mark, version }
}

export class UserTable {
  readonly #users = new Map<string, UserRecord>()
  readonly #counts = new Map<string, number>()
  readonly #index = new UserIndex()

  get size(): number {
    return this.#users.size
  }

  get(userId: string): UserRecord | undefined {
    return this.#users.get(userId)
  }

  slot(userId: string, source: string): Slot | undefined {
    const user = this.#users.get(userId)
    return user === undefined ? undefined : slotOf(user, source)
  }

  /** How many users this source says something of. */
  count(source: string): number {
    return this.#counts.get(source) ?? 0
  }

  /** Puts what was saved in place of what was there. */
  put(userId: string, source: string, presence: SourcePresence, version: number, session: number): Slot {
    let user = this.#users.get(userId)
    if (user === undefined) {
      user = { userId, slots: [], number: this.#index.add(userId), version, mark: undefined }
      this.#users.set(userId, user)
    }
    user.version = Math.max(user.version, version)
    const slot = slotOf(user, source)
    if (slot !== undefined) {
      slot.presence = presence
      slot.version = version
      slot.session = session
      return slot
    }
    const made = { source, presence, version, session, queuedFor: 0 }
    user.slots.push(made)
    this.#counts.set(source, this.count(source) + 1)
    return made
  }

  /** Takes away what a source said; a user without sources goes as well. */
  remove(userId: string, source: string, version: number): void {
    const user = this.#users.get(userId)
    const index = user?.slots.findIndex((slot) => slot.source === source) ?? -1
    if (user === undefined || index < 0) return
    user.version = Math.max(user.version, version)
    user.slots.splice(index, 1)
    this.#counts.set(source, this.count(source) - 1)
    if (user.slots.length > 0) return
    this.#users.delete(userId)
    this.#index.remove(userId, user.number)
  }

  /** A page of the users, in the order in which they became known. Throws CursorError. */
  page(query: PageQuery): Page {
    return this.#index.page(query)
  }

  /** Everybody, so many at a time, so that whoever walks can let others run in between; bears changes on the way. */
  *slices(size: number): Generator<readonly UserRecord[]> {
    let slice: UserRecord[] = []
    for (const user of this.#users.values()) {
      slice.push(user)
      if (slice.length === size) {
        yield slice
        slice = []
      }
    }
    if (slice.length > 0) yield slice
  }
}
