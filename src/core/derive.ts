// What deadlines and lost connections make of what was saved, at a given time. Pure.
import { combine } from './combine.ts'
import { withoutDevices } from './devices.ts'
import type { DevicePresence, Presence, SourcePresence, SourceView } from './presence.ts'
import type { CombinedMark } from './store.ts'
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
  lossDeadline(slot: Pick<Slot, 'source' | 'session'>): number | undefined
  /** Whether something newer, received before the deadline, is about to be saved: the deadline then waits for it. */
  isHeld(userId: string, slot: Slot, deadline: number, device?: string): boolean
}

/** A slot as it counts now. */
export interface Derived {
  /** Undefined: the source says nothing (any more). */
  readonly view: SourceView | undefined
  /** The deadline that turned it; undefined when it counts as saved. */
  readonly turned: number | undefined
  /** Every deadline that has passed since it was saved, where there may be several. */
  readonly ends?: readonly number[]
}

/** What one source says of a user now. */
export function derive(userId: string, slot: Slot, circumstances: Circumstances, now: number): Derived {
  const turned = turnedBy(userId, slot, circumstances, now)
  return turned ?? { view: { ...slot.presence, stale: circumstances.isStale(slot) }, turned: undefined }
}

/** What a deadline that has passed makes of a slot; undefined, and nothing is made, where it counts as saved: nearly always. */
function turnedBy(userId: string, slot: Slot, circumstances: Circumstances, now: number): Derived | undefined {
  const { expires, devices } = slot
  if (devices !== undefined) {
    const isOver = ({ device, expires: end }: DevicePresence): boolean =>
      end !== undefined && end <= now && !circumstances.isHeld(userId, slot, end, device)
    const over = devices.filter(isOver)
    if (over.length === 0) return undefined
    const ends = over.map((one) => one.expires ?? 0)
    const view = { ...withoutDevices(slot.presence, over), stale: circumstances.isStale(slot) }
    return { view, turned: Math.max(...ends), ends }
  }
  if (expires !== undefined && expires <= now && !circumstances.isHeld(userId, slot, expires)) {
    const view = slot.atExpiry === 'withdrawn' ? undefined : gone(slot, expires, circumstances.isStale(slot))
    return { view, turned: expires }
  }
  const lost = circumstances.lossDeadline(slot)
  const turnsNow = lost !== undefined && lost <= now && slot.status !== 'unavailable'
  if (turnsNow && !circumstances.isHeld(userId, slot, lost)) {
    // Not before it was said: the last saved sign of life may be a little older than that.
    const turned = Math.max(lost, slot.since)
    return { view: gone(slot, turned, circumstances.isStale(slot)), turned }
  }
  return undefined
}

function gone(slot: Slot, since: number, stale: boolean): SourceView {
  return { status: 'unavailable', message: '', since, updated: slot.updated, stale }
}

/** The part of what a source says that the old interface tells. To be looked at at once. */
export type Said = Pick<SourcePresence, 'status' | 'message'>

const NOBODY: Presence = {
  combined: { status: 'unavailable', message: '', source: undefined, since: undefined, stale: false },
  sources: new Map(),
}

/**
 * Tells what each source says of a user now, in the order of the configuration. Nothing is combined, and nothing made of what
 * counts as saved: this is the way of the answers about hundreds of users.
 */
export function tellSections(
  user: UserRecord,
  circumstances: Circumstances,
  now: number,
  tell: (source: string, said: Said) => void,
): void {
  for (const name of circumstances.order) {
    const slot = user.slot(name)
    if (slot === undefined) continue
    const turned = turnedBy(user.userId, slot, circumstances, now)
    const said = turned === undefined ? slot : turned.view
    if (said !== undefined) tell(name, said)
  }
}

/** The whole answer about a user now. */
export function presenceOf(user: UserRecord | undefined, circumstances: Circumstances, now: number): Presence {
  if (user === undefined) return NOBODY
  const { sources, ends } = viewsOf(user, circumstances, now)
  const decision = combine(sources, circumstances.combinedOrder, circumstances.conditional)
  if (decision === undefined) return { ...NOBODY, sources }
  const { status, message, stale } = decision.view
  const mark = ends.length === 0 ? user.mark : markAfter(user, ends, circumstances)
  const since = mark?.status === status ? mark.since : Math.max(decision.view.since, mark?.since ?? 0)
  return { combined: { status, message, source: decision.source, since, stale }, sources }
}

/** What each source says at a time, and which deadlines have turned it since it was saved. */
function viewsOf(user: UserRecord, circumstances: Circumstances, now: number): Views {
  const sources = new Map<string, SourceView>()
  const ends: number[] = []
  for (const name of circumstances.order) {
    const slot = user.slot(name)
    if (slot === undefined) continue
    const derived = derive(user.userId, slot, circumstances, now)
    if (derived.view !== undefined) sources.set(name, derived.view)
    if (derived.turned !== undefined) ends.push(...(derived.ends ?? [derived.turned]))
  }
  return { sources, ends }
}

interface Views {
  readonly sources: ReadonlyMap<string, SourceView>
  readonly ends: readonly number[]
}

/** The mark was made at the last saved change; each deadline since then may have begun another combined status. */
function markAfter(user: UserRecord, ends: readonly number[], circumstances: Circumstances): CombinedMark | undefined {
  let { mark } = user
  for (const end of ends.toSorted((one, other) => one - other)) {
    const { sources } = viewsOf(user, circumstances, end)
    const status = combine(sources, circumstances.combinedOrder, circumstances.conditional)?.view.status
    if (status === undefined || status === mark?.status) continue
    mark = { status, since: Math.max(end, mark?.since ?? end) }
  }
  return mark
}
