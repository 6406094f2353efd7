// A collector's standing: connected or lost, and until when its users keep their state. Pure: time is an argument.
import type { SourceState } from './sources.ts'

/** How long settling may hold the grace, per loss, and how long a start of the daemon leaves to connect. Milliseconds. */
export const SETTLING_ALLOWANCE = 30_000
/** After so many starts in a row without a settled session, a start leaves no extra time: no crash loop keeps anybody. */
export const GENEROUS_STARTS = 3
/** Losses that are remembered; older ones are long past their grace. */
const LOSSES_KEPT = 64

/** What a collector's earlier life left behind, saved as one record per source. */
export interface StandingRecord {
  /** The time of loss, or while connected the last sign of life. */
  readonly seen: number
  /** Starts of the daemon since a session last settled. */
  readonly starts: number
}

/** The session number of everything that was loaded, not heard. */
export const LOADED = 0

export class Standing {
  /** Milliseconds; a new value counts from the next loss. */
  grace: number
  /** For each session that is over: when its users become unavailable. */
  readonly #deadlines = new Map<number, number>()
  /** The running session's number; undefined between sessions. */
  #session: number | undefined
  #lastSession = LOADED
  #settlingSince: number | undefined
  /** What is left of the time for which settling may hold the grace. */
  #allowance = SETTLING_ALLOWANCE
  #seen: number
  #starts: number
  #state: SourceState = 'connecting'
  #since: number
  #settledOnce = false
  detail = 'not connected yet'

  /** A start of the daemon. Grace in milliseconds. A saved time in the future (the clock was set back) counts as now. */
  constructor(grace: number, record: StandingRecord | undefined, now: number) {
    this.grace = grace
    this.#since = now
    this.#seen = Math.min(record?.seen ?? now, now)
    this.#starts = (record?.starts ?? 0) + 1
    const leftToConnect = this.#starts <= GENEROUS_STARTS ? now + SETTLING_ALLOWANCE : 0
    this.#deadlines.set(LOADED, Math.max(this.#seen + grace, leftToConnect))
  }

  get state(): SourceState {
    return this.#state
  }

  /** When the state began. */
  get since(): number {
    return this.#since
  }

  /** Whether a session has settled since the daemon's start. */
  get settledOnce(): boolean {
    return this.#settledOnce
  }

  /** How many sessions there have been since the daemon's start. */
  get sessions(): number {
    return this.#lastSession
  }

  /** The running session's number, which its publications carry. */
  get session(): number | undefined {
    return this.#session
  }

  /** To be saved; `seen` is the last sign of life while connected. */
  record(now: number): StandingRecord {
    return { seen: this.#session === undefined ? this.#seen : now, starts: this.#starts }
  }

  /** A login: a new session begins to settle, and holds the grace for a while. Returns its number. */
  connected(now: number): number {
    this.#lastSession += 1
    this.#session = this.#lastSession
    this.#settlingSince = now
    this.#enter('settling', now)
    return this.#session
  }

  /** The session knows everybody it can know. */
  settled(now: number): void {
    this.#settlingSince = undefined
    this.#allowance = SETTLING_ALLOWANCE
    this.#starts = 0
    this.#settledOnce = true
    this.#deadlines.clear()
    this.#enter('settled', now)
  }

  /** The session is over. */
  lost(now: number): void {
    if (this.#session === undefined) return
    if (this.#settlingSince !== undefined) {
      // Only graces that had not passed when settling began were held.
      const held = Math.min(now - this.#settlingSince, this.#allowance)
      for (const [session, deadline] of this.#deadlines) {
        if (deadline > this.#settlingSince) this.#deadlines.set(session, deadline + held)
      }
      this.#allowance -= held
      this.#settlingSince = undefined
    }
    this.#seen = now
    this.#deadlines.set(this.#session, now + this.grace)
    for (const session of this.#deadlines.keys()) {
      if (this.#deadlines.size <= LOSSES_KEPT) break
      this.#deadlines.delete(session)
    }
    this.#session = undefined
    this.#enter('lost', now)
  }

  /** Whether what this session said is old news. */
  isStale(session: number): boolean {
    return session !== this.#session
  }

  /** When users whom this session heard of last become unavailable; undefined while they are not stale. */
  deadlineOf(session: number): number | undefined {
    if (!this.isStale(session)) return undefined
    const deadline = this.#deadlines.get(session) ?? this.#oldestDeadline()
    const held = this.#settlingSince !== undefined && deadline > this.#settlingSince
    return held ? deadline + this.#allowance : deadline
  }

  /** The next moment after `after` at which somebody becomes unavailable; undefined when none will. */
  nextDeadline(after: number): number | undefined {
    let next: number | undefined
    for (const session of this.#deadlines.keys()) {
      const deadline = this.deadlineOf(session)
      if (deadline !== undefined && deadline > after && (next === undefined || deadline < next)) next = deadline
    }
    return next
  }

  #oldestDeadline(): number {
    // A settled session sweeps whom it did not confirm, so nobody unsaved is older than the oldest loss.
    for (const deadline of this.#deadlines.values()) return deadline
    return this.#since
  }

  #enter(state: SourceState, now: number): void {
    this.#state = state
    this.#since = now
  }
}
