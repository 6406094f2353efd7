// The table of users in memory: what is saved of everybody, and nothing derived.
import { BoundedCache } from './bounded-cache.ts'
import type { SourcePresence } from './presence.ts'
import { Slot } from './slot.ts'
import type { Change } from './store.ts'
import { type Page, type PageQuery, UserIndex } from './user-index.ts'
import { UserColumns, UserRecord } from './user-record.ts'
import { UserRows } from './user-rows.ts'

export { Slot } from './slot.ts'
export { type KnownMark, UserRecord } from './user-record.ts'

/** The row that stands for whoever is not known. */
const NOBODY = 0

/** Tells whether anything was put or taken away since some users were looked at. */
export interface Glance {
  isSame(): boolean
}

/** Of a user's entries the newest that has said anything of it decides on the mark, in whichever order they come. */
export function takeMark(user: UserRecord, { presence, mark }: Change, version: number): void {
  user.version = Math.max(user.version, version)
  if (presence === undefined && mark === undefined) return
  if ((user.mark?.version ?? 0) < version) user.mark = mark && { ...mark, version }
}

/** Of so many entries it is known that they are only there for their mark. */
const ABSENT_KEPT = 10_000

export class UserTable {
  /** The versions, by `keyOf`, of entries that are only there for their mark, where other nodes write as well: whoever saves there has to know. */
  readonly absent = new BoundedCache<string, number>(ABSENT_KEPT)
  readonly #rows = new UserRows()
  readonly #columns = new UserColumns()
  readonly #counts = new Map<string, number>()
  readonly #index = new UserIndex()

  get size(): number {
    return this.#rows.size
  }

  get(userId: string): UserRecord | undefined {
    const row = this.#rows.get(userId)
    return row === 0 ? undefined : this.#record(row)
  }

  slot(userId: string, source: string): Slot | undefined {
    return this.get(userId)?.slot(source)
  }

  /** The slot that has this place now, and whose it is. */
  at(place: number): { readonly userId: string; readonly slot: Slot } | undefined {
    const { slots, ids } = this.#columns
    const userId = ids.get(slots.users.get(place))
    return userId === undefined ? undefined : { userId, slot: new Slot(slots, place) }
  }

  /** How many users this source says something of. */
  count(source: string): number {
    return this.#counts.get(source) ?? 0
  }

  /** Looks at users (by their folded ids), and tells later whether all is as it was, also whether those who are not known are not known still. */
  glance(userIds: readonly string[]): Glance {
    const { changes } = this.#columns
    const rows = Uint32Array.from(userIds, (userId) => this.#rows.get(userId))
    const seen = rows.map((row) => changes.get(row))
    return {
      isSame() {
        for (let index = 0; index < rows.length; index += 1) {
          if (changes.get(rows[index] ?? NOBODY) !== seen[index]) return false
        }
        return true
      },
    }
  }

  /** Puts what was saved in place of what was there. */
  put(userId: string, source: string, presence: SourcePresence, version: number, session: number): Slot {
    const columns = this.#columns
    const row = this.#rows.get(userId) || this.#add(userId)
    columns.versions.set(row, Math.max(columns.versions.get(row), version))
    columns.changed(row)
    const slot = this.#record(row).slot(source) ?? this.#addSlot(row, source)
    columns.slots.say(slot.place, presence)
    columns.slots.versions.set(slot.place, version)
    columns.slots.sessions.set(slot.place, session)
    return slot
  }

  /** Takes away what a source said; a user without sources goes as well. */
  remove(userId: string, source: string, version: number): void {
    const user = this.get(userId)
    const slot = user?.slot(source)
    if (user === undefined || slot === undefined) return
    user.version = Math.max(user.version, version)
    const { first, slots } = this.#columns
    const row = this.#rows.get(userId)
    const next = slots.next.get(slot.place)
    this.#columns.changed(row)
    const before = user.slots.find(({ place }) => slots.next.get(place) === slot.place)
    if (before === undefined) first.set(row, next)
    else slots.next.set(before.place, next)
    slots.clear(slot.place)
    this.#counts.set(source, this.count(source) - 1)
    if (first.get(row) !== 0) return
    this.#rows.remove(userId)
    this.#index.remove(userId, this.#columns.numbers.get(row))
    this.#columns.clear(row)
  }

  /** A page of the users, in the order in which they became known. Throws CursorError. */
  page(query: PageQuery): Page {
    return this.#index.page(query)
  }

  /**
   * Everybody, so many at a time, so that whoever walks can let others run in between; bears changes on the way. Who comes meanwhile may be
   * among them or not.
   */
  *slices(size: number): Generator<readonly UserRecord[]> {
    const { ids, rows } = this.#columns
    let slice: UserRecord[] = []
    for (let row = 1; row < rows.end; row += 1) {
      const userId = ids.get(row)
      if (userId === undefined) continue
      slice.push(new UserRecord(this.#columns, row, userId))
      if (slice.length === size) {
        yield slice
        slice = []
      }
    }
    if (slice.length > 0) yield slice
  }

  #record(row: number): UserRecord {
    return new UserRecord(this.#columns, row, this.#columns.ids.get(row) ?? '')
  }

  #add(userId: string): number {
    const row = this.#columns.rows.take()
    this.#columns.ids.set(row, userId)
    this.#columns.numbers.set(row, this.#index.add(userId))
    this.#rows.add(userId, row)
    this.#columns.changed(NOBODY)
    return row
  }

  #addSlot(row: number, source: string): Slot {
    const { first, slots } = this.#columns
    const place = slots.make(row, source)
    const last = this.#record(row).slots.at(-1)
    if (last === undefined) first.set(row, place)
    else slots.next.set(last.place, place)
    this.#counts.set(source, this.count(source) + 1)
    return new Slot(slots, place)
  }
}
