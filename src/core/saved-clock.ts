// How the daemon's clock goes on over a restart: what is saved of it, and what to make of that.
import { type Clock, CREEP } from './clock.ts'

const CLOCK_RECORD = 'clock'

/** Several nodes have one between them: since when one of them was there. Each has its own lead, and nobody reads that from there. */
const SHARED_CLOCK_RECORD = 'clock of all nodes'

export function clockRecordName(shared: boolean): string {
  return shared ? SHARED_CLOCK_RECORD : CLOCK_RECORD
}

/** A run of the machine, and for how many milliseconds it has lasted. Nobody sets that clock, and it goes on while the daemon is down. */
export interface Boot {
  readonly id: string
  readonly uptime: number
}

/** What is saved: how far the wall clock is ahead, and what the daemon's clock showed at a moment of the machine's run. */
export interface ClockRecord {
  readonly lead: number
  readonly now: number
  readonly boot: Boot | undefined
  /** The daemon was there since then: silence from before counts from here. */
  readonly listening: number
}

/** So long a gap between the last record and a start is no silence of the users: nobody listened, or the clock was set. Milliseconds. */
const GAP = 24 * 3_600_000

export function clockRecord(clock: Clock, boot: Boot | undefined, listening: number): ClockRecord {
  return { lead: clock.lead(), now: clock.now(), boot, listening }
}

/** Since when the silence of users counts, for a daemon that starts now. */
export function listeningSince(records: ReadonlyMap<string, unknown>, now: number, name = CLOCK_RECORD): number {
  const record = records.get(name)
  return isClockRecord(record) && Math.abs(now - record.now) < GAP ? Math.min(record.listening, now) : now
}

/**
 * How far the clock of the next run has to be behind the wall's, in milliseconds, so that no deadline is shifted by a wall clock that was
 * set: while the daemon ran, or in the same run of the machine while it was down. After a restart of the machine the wall
 * clock has to be believed.
 */
export function savedLead(records: ReadonlyMap<string, unknown>, boot: Boot | undefined, wall: number): number {
  const record = records.get(CLOCK_RECORD)
  // As the first versions saved it.
  if (typeof record === 'number') return record
  if (!isClockRecord(record)) return 0
  const { lead, now, boot: saved } = record
  if (boot === undefined || saved === undefined || boot.id !== saved.id || boot.uptime < saved.uptime) return lead
  const ahead = wall - (now + boot.uptime - saved.uptime)
  // So that a moment is told as the same time as before.
  return Math.abs(ahead - lead) > CREEP ? Math.round(ahead) : lead
}

function isClockRecord(value: unknown): value is ClockRecord {
  if (typeof value !== 'object' || value === null) return false
  const { lead, now, boot, listening } = value as Partial<ClockRecord>
  const isBoot = boot === undefined || (typeof boot?.id === 'string' && Number.isFinite(boot.uptime))
  return [lead, now, listening].every(Number.isFinite) && isBoot
}
