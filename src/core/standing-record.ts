// What is saved of a collector's standing: for its next life, on this node or another, and for the nodes that only look on.
import type { SourceState } from './sources.ts'

/** Losses that are remembered; older ones are long past their grace. */
export const LOSSES_KEPT = 64
/** The longest detail and name of a node, in UTF-16 units. */
const LONGEST_DETAIL = 8_000
const LONGEST_NODE = 64

/** What a collector's earlier life left behind, saved as one record per source. */
export interface StandingRecord {
  /** The time of loss, or while connected the last sign of life. */
  readonly seen: number
  /** Starts of the daemon, or takings over, since a session last settled. */
  readonly starts: number
  /** The rest is there since several nodes share a store. */
  readonly shared?: SharedStanding
}

export interface SharedStanding {
  readonly state: SourceState
  readonly since: number
  /** Whether a session has settled since the service began. */
  readonly settledOnce: boolean
  /** The running session; absent between sessions. */
  readonly session?: number
  /** No session before now has a larger number. */
  readonly last: number
  readonly settlingSince?: number
  /** What is left of the time for which settling may hold the grace. */
  readonly allowance: number
  /** Of each session that is over: when its users become unavailable. */
  readonly deadlines: readonly (readonly [session: number, deadline: number])[]
  readonly detail: string
  /** Which node runs it. */
  readonly node: string
}

/** Whether it tells at least when the source was seen. */
export function isStandingRecord(value: unknown): value is StandingRecord {
  return readStanding(value) !== undefined
}

/** The record, if it is one: whoever can write to a shared store is not believed. */
export function readStanding(value: unknown): StandingRecord | undefined {
  const { seen, starts, shared } = Object(value) as Partial<StandingRecord>
  if (!isNumber(seen) || !isNumber(starts)) return undefined
  return isShared(shared) ? { seen, starts, shared } : { seen, starts }
}

const STATES: readonly string[] = ['connecting', 'settling', 'settled', 'lost']

function isShared(value: unknown): value is SharedStanding {
  const shared = Object(value) as Partial<SharedStanding>
  const { state, since, settledOnce, session, last, settlingSince, allowance, deadlines, detail, node } = shared
  const isDeadline = (one: unknown): boolean => Array.isArray(one) && one.length === 2 && one.every(isNumber)
  return (
    typeof state === 'string' &&
    STATES.includes(state) &&
    typeof settledOnce === 'boolean' &&
    [since, last, allowance].every(isNumber) &&
    [session, settlingSince].every((one) => one === undefined || isNumber(one)) &&
    Array.isArray(deadlines) &&
    deadlines.length <= LOSSES_KEPT + 1 &&
    deadlines.every(isDeadline) &&
    typeof detail === 'string' &&
    detail.length <= LONGEST_DETAIL &&
    typeof node === 'string' &&
    node.length <= LONGEST_NODE
  )
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
