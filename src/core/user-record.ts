// What is saved of one user: a view of their row in the table's columns, and of their slots.
import { Column, NumberColumn, Rows } from './columns.ts'
import { STATUSES } from './presence.ts'
import { Slot, SlotColumns } from './slot.ts'
import type { CombinedMark } from './store.ts'

/** Where other nodes write as well: with the version of the entry that has it, since changes may come in another order than theirs. */
export interface KnownMark extends CombinedMark {
  readonly version?: number
}

/** A user for each row; 0 is nobody. */
export class UserColumns {
  readonly rows = new Rows()
  readonly ids = new Column<string>()
  /** In the index. */
  readonly numbers = NumberColumn.wide()
  readonly versions = NumberColumn.wide()
  /** The row of the first slot, from which the others follow in the order in which they came. */
  readonly first = NumberColumn.narrow()
  /** The status of the mark, counted from 1; 0: there is none. */
  readonly marks = NumberColumn.narrow()
  readonly marksSince = NumberColumn.wide()
  readonly markVersions = NumberColumn.wide()
  readonly slots = new SlotColumns()
  /** How often anything was put or taken away, also of those who had the row before; of row 0, how often somebody came. */
  readonly changes = NumberColumn.narrow()

  changed(row: number): void {
    this.changes.set(row, this.changes.get(row) + 1)
  }

  /** Gives the row back, with nothing in it. */
  clear(row: number): void {
    const { numbers, versions, first, marks, marksSince, markVersions } = this
    for (const column of [numbers, versions, first, marks, marksSince, markVersions]) column.set(row, 0)
    this.ids.set(row, undefined)
    this.rows.giveBack(row)
  }
}

/** To be looked at at once: who is taken away has no slots any more. */
export class UserRecord {
  readonly #columns: UserColumns
  readonly #row: number
  /** Folded. */
  readonly userId: string

  constructor(columns: UserColumns, row: number, userId: string) {
    this.#columns = columns
    this.#row = row
    this.userId = userId
  }

  /** What each source says. */
  get slots(): readonly Slot[] {
    const { first, ids, slots } = this.#columns
    const found: Slot[] = []
    if (ids.get(this.#row) !== this.userId) return found
    for (let row = first.get(this.#row); row !== 0; row = slots.next.get(row)) found.push(new Slot(slots, row))
    return found
  }

  /** What one source says. */
  slot(source: string): Slot | undefined {
    const { slots } = this.#columns
    const row = this.place(slots.numberOf(source))
    return row === 0 ? undefined : new Slot(slots, row)
  }

  /** The row of what one source says; 0 for nothing. */
  place(sourceNumber: number): number {
    const { first, slots } = this.#columns
    for (let row = first.get(this.#row); row !== 0; row = slots.next.get(row)) {
      if (slots.sourceNumber(row) === sourceNumber) return row
    }
    return 0
  }

  /** The newest of all that was saved of the user, what was taken away included. */
  get version(): number {
    return this.#columns.versions.get(this.#row)
  }

  set version(version: number) {
    this.#columns.versions.set(this.#row, version)
  }

  get mark(): KnownMark | undefined {
    const { marks, marksSince, markVersions } = this.#columns
    const status = STATUSES[marks.get(this.#row) - 1]
    if (status === undefined) return undefined
    const mark = { status, since: marksSince.get(this.#row) }
    const version = markVersions.get(this.#row)
    return version === 0 ? mark : { ...mark, version }
  }

  set mark(mark: KnownMark | undefined) {
    const { marks, marksSince, markVersions } = this.#columns
    marks.set(this.#row, mark === undefined ? 0 : STATUSES.indexOf(mark.status) + 1)
    marksSince.set(this.#row, mark?.since ?? 0)
    markVersions.set(this.#row, mark?.version ?? 0)
  }
}
