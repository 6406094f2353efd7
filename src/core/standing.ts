// A collector's standing: connected or lost, and until when its users keep their state. Pure: time is an argument.
import type { SourceState } from './sources.ts'
import { LOSSES_KEPT, type SharedStanding, type StandingRecord } from './standing-record.ts'

/** How long settling may hold the grace, per loss, and how long a start of the daemon leaves to connect. Milliseconds. */
export const SETTLING_ALLOWANCE = 30_000
/** After so many starts in a row without a settled session, a start leaves no extra time: no crash loop keeps anybody. */
export const GENEROUS_STARTS = 3
/** So long after its last sign of life a new holder still counts as going on with the same service. Milliseconds. */
const CONTINUOUS = 60_000
/** Sessions under a lease are numbered from their fence times this, so that no two nodes ever give the same number. */
export const SESSIONS_PER_FENCE = 2 ** 20

export type { StandingRecord } from './standing-record.ts'

/** The session number of everything that was loaded, not heard. */
export const LOADED = 0

export class Standing {
  /** Milliseconds; a new value counts from the next loss. */
  grace: number
  /** For each session that is over: when its users become unavailable. */
  readonly #deadlines = new Map<number, number>()
  /** The running session's number; undefined between sessions. */
  #session: number | undefined
  #lastSession: number
  #sessions = 0
  #settlingSince: number | undefined
  /** What is left of the time for which settling may hold the grace. */
  #allowance = SETTLING_ALLOWANCE
  #seen: number
  #starts: number
  #state: SourceState = 'connecting'
  #since: number
  #settledOnce = false
  readonly #began: number
  /** A running session of another node that is taken for over, since nothing is heard of it. */
  #presumed: number | undefined
  detail = 'not connected yet'

  /** A start of the daemon. Grace in milliseconds. A saved time in the future (the clock was set back) counts as now. */
  constructor(grace: number, record: StandingRecord | undefined, now: number) {
    this.grace = grace
    this.#began = now
    this.#since = now
    this.#seen = Math.min(record?.seen ?? now, now)
    this.#starts = (record?.starts ?? 0) + 1
    this.#lastSession = record?.shared?.last ?? LOADED
    const leftToConnect = this.#starts <= GENEROUS_STARTS ? now + SETTLING_ALLOWANCE : 0
    this.#deadlines.set(LOADED, Math.max(this.#seen + grace, leftToConnect))
  }

  /** On a node that may not be the one to run it. */
  static lookingOn(grace: number, now: number): Standing {
    return new Standing(grace, { seen: now, starts: -1 }, now)
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

  /** How many sessions this node has had since the daemon's start. */
  get sessions(): number {
    return this.#sessions
  }

  /** The running session's number, which its publications carry. */
  get session(): number | undefined {
    return this.#session
  }

  /** To be saved; `seen` is the last sign of life while connected. */
  record(now: number): StandingRecord {
    return { seen: this.#session === undefined ? this.#seen : now, starts: this.#starts }
  }

  /** What other nodes need besides. */
  shared(node: string): SharedStanding {
    return {
      ...{ state: this.#state, since: this.#since, settledOnce: this.#settledOnce, last: this.#lastSession },
      ...(this.#session !== undefined && { session: this.#session }),
      ...(this.#settlingSince !== undefined && { settlingSince: this.#settlingSince }),
      ...{ allowance: this.#allowance, deadlines: [...this.#deadlines], detail: this.detail, node },
    }
  }

  /**
   * Another node runs the collector, and this is what it says. Returns whether more or fewer users are stale from now on. What is older than
   * what is known already counts for nothing; a session that is over never comes back, but for one that was only taken for over.
   */
  follow({ seen, starts, shared }: StandingRecord, now: number): boolean {
    if (shared === undefined && this.#lastSession === LOADED) {
      // From a store of one node, say.
      this.#seen = Math.min(seen, now)
      this.#starts = starts
    }
    if (shared === undefined || shared.last < this.#lastSession) return false
    const { session, state } = shared
    const isBack = session !== undefined && session === this.#presumed
    if (session !== undefined && !isBack && this.#deadlines.has(session)) return false
    const before = this.#session
    const kept = state === 'settled' && !isBack ? this.#deadlinesKept(session, now) : []
    const farthest = now + this.grace + 2 * SETTLING_ALLOWANCE
    this.#deadlines.clear()
    for (const [key, deadline] of [...kept, ...shared.deadlines]) this.#deadlines.set(key, Math.min(deadline, farthest))
    this.#presumed = undefined
    this.#seen = Math.min(seen, now)
    this.#starts = starts
    this.#session = session
    this.#lastSession = Math.max(shared.last, session ?? 0)
    this.#settlingSince = shared.settlingSince
    this.#allowance = Math.min(shared.allowance, SETTLING_ALLOWANCE)
    this.#settledOnce = shared.settledOnce
    this.#enter(state, Math.min(shared.since, now))
    this.detail = shared.detail
    return isBack || (before !== undefined && before !== session)
  }

  /** Entries and records come on ways of their own: users whom a session has confirmed before it settled may be told of after that. */
  #deadlinesKept(session: number | undefined, now: number): [session: number, deadline: number][] {
    const isNews = this.#state !== 'settled' || this.#session !== session
    const later = (deadline: number): number => (isNews && deadline > now ? now + SETTLING_ALLOWANCE : deadline)
    const over = [...this.#deadlines.keys()].map((key): [number, number] => [key, later(this.deadlineOf(key) ?? now)])
    if (this.#session !== undefined && this.#session !== session) over.push([this.#session, later(now + 1)])
    return over.slice(-LOSSES_KEPT)
  }

  /** Nothing is heard of whoever runs the session: its users count as lost since its last sign of life. */
  presumeLost(): void {
    const session = this.#session
    if (session === undefined) return
    this.lost(this.#seen)
    this.#presumed = session
  }

  /** This node runs the collector from now on, under this fence: what an earlier session said is old news, as at a start. */
  takeOver(fence: number, now: number): void {
    this.#starts += 1
    const left = this.#starts <= GENEROUS_STARTS ? now + SETTLING_ALLOWANCE : 0
    // Those whom this node has shown as unavailable already don't come back.
    const renewed = (deadline: number): number =>
      deadline <= now && deadline >= this.#began ? deadline : Math.max(deadline, left)
    const over = [...this.#deadlines.keys()].map((key): [number, number] => [key, this.deadlineOf(key) ?? now])
    for (const [session, deadline] of over) this.#deadlines.set(session, renewed(deadline))
    const last = renewed(this.#seen + this.grace)
    this.#deadlines.set(LOADED, Math.max(this.#deadlines.get(LOADED) ?? 0, last))
    if (this.#session !== undefined) this.#deadlines.set(this.#session, last)
    this.#dropOldest()
    this.#session = undefined
    this.#presumed = undefined
    this.#settlingSince = undefined
    this.#allowance = SETTLING_ALLOWANCE
    this.#settledOnce = this.#settledOnce && now - this.#seen < CONTINUOUS
    // In a store that was emptied fences begin anew.
    const known = Math.ceil(this.#lastSession / SESSIONS_PER_FENCE)
    this.#lastSession = (known <= fence ? fence : known + fence) * SESSIONS_PER_FENCE
    this.#enter('connecting', now)
  }

  /** A login: a new session begins to settle, and holds the grace for a while. Returns its number. */
  connected(now: number): number {
    this.#sessions += 1
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
    this.#dropOldest()
    this.#session = undefined
    this.#enter('lost', now)
  }

  /** Whether what this session said is old news. */
  isStale(session: number): boolean {
    // A session of another node may be heard of here before it is known to be one.
    return session !== this.#session && session <= this.#lastSession
  }

  /** When users whom this session heard of last become unavailable; undefined while they are not stale. */
  deadlineOf(session: number): number | undefined {
    if (!this.isStale(session)) return undefined
    const deadline = this.#deadlines.get(session) ?? this.#deadlines.get(LOADED) ?? this.#oldestDeadline()
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

  /** No more are kept than others read. */
  #dropOldest(): void {
    for (const session of [...this.#deadlines.keys()].slice(0, -LOSSES_KEPT)) this.#deadlines.delete(session)
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
