// What one source says of a user, as saved: a view of its row in the table's columns.
import { Column, NumberColumn, Rows } from './columns.ts'
import { type AtExpiry, type DevicePresence, type SourcePresence, STATUSES, type Status } from './presence.ts'
import { SharedTexts } from './shared-texts.ts'

/*
 * The word of a slot: status (2 bits), what happens at expiry (2 bits), whether there is a deadline, whether there are devices; and the
 * number of its source takes the rest.
 */
const STATUS = 0b11
const AT_EXPIRY = 2
const EXPIRES = 16
const DEVICES = 32
/** Whether there is more than what every presence has. */
const MORE = 0b111100
const SOURCE = 6
const SAID = (1 << SOURCE) - 1

const AT_EXPIRIES: readonly (AtExpiry | undefined)[] = [undefined, 'unavailable', 'withdrawn']

/** A slot for each row; 0 is none. */
export class SlotColumns {
  readonly rows = new Rows()
  readonly words = NumberColumn.narrow()
  /** The row of the user, and of the slot after it. */
  readonly users = NumberColumn.narrow()
  readonly next = NumberColumn.narrow()
  readonly since = NumberColumn.wide()
  readonly updated = NumberColumn.wide()
  readonly expires = NumberColumn.wide()
  readonly versions = NumberColumn.wide()
  readonly sessions = NumberColumn.wide()
  readonly queuedFor = NumberColumn.wide()
  /** Where it is not empty. */
  readonly messages = new Column<string>()
  readonly devices = new Map<number, readonly DevicePresence[]>()
  /** The sources by their numbers. */
  readonly sources: string[] = []
  readonly #numbers = new Map<string, number>()
  readonly #texts = new SharedTexts()

  /** The number of a source; -1 when nothing was ever said by it. */
  numberOf(source: string): number {
    return this.#numbers.get(source) ?? -1
  }

  /** Of the source that says it. */
  sourceNumber(row: number): number {
    return this.words.get(row) >>> SOURCE
  }

  /** A new slot, which nothing follows. */
  make(user: number, source: string): number {
    let number = this.numberOf(source)
    if (number < 0) {
      number = this.sources.push(source) - 1
      this.#numbers.set(source, number)
    }
    const row = this.rows.take()
    this.words.set(row, number << SOURCE)
    this.users.set(row, user)
    return row
  }

  say(row: number, { status, message, since, updated, expires, atExpiry, devices }: SourcePresence): void {
    let word = (this.words.get(row) & ~SAID) | STATUSES.indexOf(status)
    if (atExpiry !== undefined) word |= AT_EXPIRIES.indexOf(atExpiry) << AT_EXPIRY
    if (expires !== undefined) word |= EXPIRES
    if (devices !== undefined) {
      word |= DEVICES
      this.devices.set(row, devices)
    } else if (this.devices.size > 0) this.devices.delete(row)
    this.words.set(row, word >>> 0)
    this.since.set(row, since)
    this.updated.set(row, updated)
    this.expires.set(row, expires ?? 0)
    this.messages.set(row, message === '' ? undefined : this.#texts.of(message))
  }

  /** Gives the row back, with nothing in it. */
  clear(row: number): void {
    const { words, users, next, since, updated, expires, versions, sessions, queuedFor } = this
    for (const column of [words, users, next, since, updated, expires, versions, sessions, queuedFor])
      column.set(row, 0)
    this.messages.set(row, undefined)
    this.devices.delete(row)
    this.rows.giveBack(row)
  }
}

/** To be looked at at once: when the slot is taken away, its place may soon be another's. */
export class Slot {
  readonly #columns: SlotColumns
  /** Its row: what tells it from others while it is there. */
  readonly place: number

  constructor(columns: SlotColumns, place: number) {
    this.#columns = columns
    this.place = place
  }

  get source(): string {
    const { sources, words } = this.#columns
    return sources[words.get(this.place) >>> SOURCE] ?? ''
  }

  get status(): Status {
    return STATUSES[this.#columns.words.get(this.place) & STATUS] ?? 'unavailable'
  }

  get message(): string {
    return this.#columns.messages.get(this.place) ?? ''
  }

  get since(): number {
    return this.#columns.since.get(this.place)
  }

  get updated(): number {
    return this.#columns.updated.get(this.place)
  }

  get expires(): number | undefined {
    return this.#columns.words.get(this.place) & EXPIRES ? this.#columns.expires.get(this.place) : undefined
  }

  get atExpiry(): AtExpiry | undefined {
    return AT_EXPIRIES[(this.#columns.words.get(this.place) >>> AT_EXPIRY) & STATUS]
  }

  get devices(): readonly DevicePresence[] | undefined {
    return this.#columns.words.get(this.place) & DEVICES ? this.#columns.devices.get(this.place) : undefined
  }

  /** All of that in one object, which stays as it is. */
  get presence(): SourcePresence {
    const { status, message, since, updated } = this
    if ((this.#columns.words.get(this.place) & MORE) === 0) return { status, message, since, updated }
    const { expires, atExpiry, devices } = this
    return {
      ...{ status, message, since, updated },
      ...(expires !== undefined && { expires }),
      ...(atExpiry !== undefined && { atExpiry }),
      ...(devices !== undefined && { devices }),
    }
  }

  get version(): number {
    return this.#columns.versions.get(this.place)
  }

  set version(version: number) {
    this.#columns.versions.set(this.place, version)
  }

  /** The session of the collector that said it (see Standing). */
  get session(): number {
    return this.#columns.sessions.get(this.place)
  }

  /** The deadline for which the expiry queue holds this slot; 0: none. */
  get queuedFor(): number {
    return this.#columns.queuedFor.get(this.place)
  }

  set queuedFor(at: number) {
    this.#columns.queuedFor.set(this.place, at)
  }
}
