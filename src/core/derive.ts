// What deadlines and lost connections make of what was saved, at a given time. Pure.
import { combine } from './combine.ts'
import type { Presence, SourceView } from './presence.ts'
import type { Slot, UserRecord } from './user-table.ts'

/** What derivation needs to know of the sources. */
export interface Circumstances {
  /** In the order of the configuration. */
  readonly order: readonly string[]
  readonly combinedOrder: readonly string[]
  /** The sources that count only while another one sees the user. */
  readonly conditional: ReadonlySet<string>
  /** Whether a collector has lost its connection since it filled this slot. */
  isStale(slot: Slot): boolean
  /** When the slot turns unavailable because its collector is lost; undefined: never. */
  lossDeadline(slot: Slot): number | undefined
  /** Whether something newer, received before the deadline, is about to be saved: the deadline then waits for it. */
  isHeld(userId: string, slot: Slot, deadline: number): boolean
}

/** A slot as it counts now. */
export interface Derived {
  /** Undefined: the source says nothing (any more). */
  readonly view: SourceView | undefined
  /** The deadline that turned it; undefined when it counts as saved. */
  readonly turned: number | undefined
}

/** What one source says of a user now. */
export function derive(userId: string, slot: Slot, circumstances: Circumstances, now: number): Derived {
  const { presence } = slot
  const stale = circumstances.isStale(slot)
  const { expires } = presence
  if (expires !== undefined && expires <= now && !circumstances.isHeld(userId, slot, expires)) {
    const view = presence.atExpiry === 'withdrawn' ? undefined : gone(slot, expires, stale)
    return { view, turned: expires }
  }
  const lost = circumstances.lossDeadline(slot)
  const turnsNow = lost !== undefined && lost <= now && presence.status !== 'unavailable'
  if (turnsNow && !circumstances.isHeld(userId, slot, lost)) {
    // Not before it was said: the last saved sign of life may be a little older than that.
    const turned = Math.max(lost, presence.since)
    return { view: gone(slot, turned, stale), turned }
  }
  return { view: { ...presence, stale }, turned: undefined }
}

function gone(slot: Slot, since: number, stale: boolean): SourceView {
  return { status: 'unavailable', message: '', since, updated: slot.presence.updated, stale }
}

const NOBODY: Presence = {
  combined: { status: 'unavailable', message: '', source: undefined, since: undefined, stale: false },
  sources: new Map(),
}

/** The whole answer about a user now. */
export function presenceOf(user: UserRecord | undefined, circumstances: Circumstances, now: number): Presence {
  if (user === undefined) return NOBODY
  const sources = new Map<string, SourceView>()
  let turned = 0
  for (const name of circumstances.order) {
    const slot = user.slots.find((candidate) => candidate.source === name)
    if (slot === undefined) continue
    const derived = derive(user.userId, slot, circumstances, now)
    if (derived.view !== undefined) sources.set(name, derived.view)
    turned = Math.max(turned, derived.turned ?? 0)
  }
  const decision = combine(sources, circumstances.combinedOrder, circumstances.conditional)
  if (decision === undefined) return { ...NOBODY, sources }
  const { status, message, stale } = decision.view
  // The mark was made at the last saved change. If the status is another one by now, a deadline has turned it since then.
  const { mark } = user
  const since =
    mark?.status === status ? mark.since : Math.max(turned === 0 ? decision.view.since : turned, mark?.since ?? 0)
  return { combined: { status, message, source: decision.source, since, stale }, sources }
}
