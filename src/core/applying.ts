// What was saved, here or by another node, comes into the table, and watchers are told of it: the only writer of the table once it is loaded.
import type { Comparison } from './comparison.ts'
import type { Deadlines } from './deadlines.ts'
import type { Drafts } from './drafts.ts'
import type { Saver, Waiting } from './saving.ts'
import { LOADED } from './standing.ts'
import type { Change, Entry } from './store.ts'
import { type Slot, takeMark, type UserTable } from './user-table.ts'
import { keyOf } from './waiting-items.ts'
import type { Watching } from './watching.ts'

export interface ApplyingParts {
  readonly table: UserTable
  readonly drafts: Drafts
  readonly deadlines: Deadlines
  readonly watching: Watching
  /** Whether other nodes write as well. */
  readonly shared: boolean
  /** Whether a source is configured here. */
  isKnown(source: string): boolean
  /** A collector has lost its lease to another node: what it says no longer counts. */
  fenced(waiting: Waiting): void
}

export class Applying implements Saver {
  readonly #parts: ApplyingParts
  /** While the table is compared with the store. */
  comparison: Comparison | undefined
  /** What the store has lost, or has older than the table: the places of slots, and whose they are. */
  readonly lost = new Map<number, string>()
  /**
   * What is known to be taken away although this node was not told of that yet: what comes with a lower version is older; where that isn't
   * known, all that comes until then.
   */
  readonly #gone = new Map<string, number>()

  constructor(parts: ApplyingParts) {
    this.#parts = parts
  }

  begin(): void {
    this.#parts.drafts.begin()
  }

  change(waiting: Waiting): Change | undefined {
    const { table, drafts } = this.#parts
    const slot = waiting.again ? table.slot(waiting.userId, waiting.source) : undefined
    if (waiting.again && (slot === undefined || !this.lost.has(slot.place))) return undefined
    return drafts.draft(waiting)
  }

  saved(waiting: Waiting, change: Change, version: number): void {
    if (this.#gone.size > 0) this.#gone.delete(keyOf(change))
    this.#put(change, version, waiting.session)
  }

  overtaken(waiting: Waiting, { ifVersion: asked }: Change, current: Entry | undefined): Waiting | undefined {
    const { table, watching } = this.#parts
    const { userId, source, ifVersion, again } = waiting
    const slot = table.slot(userId, source)
    const key = keyOf({ userId, source })
    // The answer may come after news of what was saved since: then those count.
    if (current !== undefined) {
      const isNews = !watching.knows(userId, current.version)
      // Somebody has said something since it was taken away.
      this.#gone.delete(key)
      if (slot !== undefined || isNews) this.told(current)
      if (current.presence === undefined && isNews) this.#gone.set(key, current.version)
    } else if (slot !== undefined && slot.version === asked) {
      this.#put({ userId, source }, slot.version, slot.session)
      this.#gone.set(key, Number.POSITIVE_INFINITY)
    }
    if (again) return slot !== undefined && this.lost.has(slot.place) ? waiting : undefined
    const isAbsent = current?.presence === undefined
    // The outcome of a deadline, say: somebody has said something newer.
    if (ifVersion !== undefined && (ifVersion > 0 || !isAbsent)) return undefined
    return { ...waiting, absentVersion: isAbsent ? (current?.version ?? 0) : 0 }
  }

  fenced(waiting: Waiting): void {
    this.#parts.fenced(waiting)
    this.dropped(waiting)
  }

  dropped({ userId, source }: Waiting): void {
    this.#parts.deadlines.watch(userId, this.#parts.table.slot(userId, source))
  }

  /** What another node has saved, or what is found in the store: counts if it is newer than what is known. */
  told(entry: Entry): void {
    const { table, isKnown } = this.#parts
    const { userId, source, presence, version } = entry
    if (!isKnown(source)) return
    if (this.#gone.size > 0) {
      const gone = this.#gone.get(keyOf(entry)) ?? 0
      if ((presence !== undefined || gone < Number.POSITIVE_INFINITY) && version < gone) return
      this.#gone.delete(keyOf(entry))
    }
    const slot = table.slot(userId, source)
    if (slot === undefined && this.comparison?.isOverdue(entry)) return
    if (slot !== undefined && this.#keeps(slot, entry)) return
    this.#put(entry, version, entry.session ?? LOADED)
  }

  /** What was told until now may be incomplete, or was loaded: what was taken away before may never be told. */
  missed(): void {
    this.#gone.clear()
  }

  /** The store does not have it any more; the version is that up to which everything was looked at. */
  vanished(userId: string, source: string, version: number): void {
    this.#put({ userId, source }, version, LOADED)
  }

  /** Whether what the table has stays as it is. */
  #keeps(slot: Slot, { presence, version }: Entry): boolean {
    if (this.lost.size > 0 && this.lost.has(slot.place) && presence !== undefined) {
      // The store has begun anew, and somebody has saved what they had: whoever has something newer puts that in its place.
      if (presence.updated >= slot.updated) return false
      slot.version = version
      return true
    }
    if (slot.version < version) return false
    this.comparison?.found(slot, version)
    return true
  }

  #put(change: Change, version: number, session: number): void {
    const { table, deadlines, watching, shared } = this.#parts
    const { userId, source, presence, mark } = change
    const known = shared ? table.slot(userId, source) : undefined
    // What a deadline has made of the user can be read already, and another node was quicker to save it than this one to tell it.
    const isDue = known !== undefined && deadlines.isDue(known)
    const tell = watching.observe(userId)
    const before = this.lost.size > 0 ? table.slot(userId, source) : undefined
    if (before !== undefined) this.lost.delete(before.place)
    if (presence === undefined) {
      table.remove(userId, source, version)
      if (shared) {
        if (mark === undefined) table.absent.delete(keyOf({ userId, source }))
        else table.absent.set(keyOf({ userId, source }), version)
      }
      this.comparison?.removed(change, version)
    } else {
      const slot = table.put(userId, source, presence, version, session)
      this.comparison?.found(slot, version)
      deadlines.watch(userId, slot)
    }
    const user = table.get(userId)
    if (user !== undefined) {
      if (shared) takeMark(user, change, version)
      else user.mark = mark
    }
    tell(version)
    if (isDue) watching.turned(userId)
  }
}
