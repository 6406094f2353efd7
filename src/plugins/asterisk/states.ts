// The table of states: what devices and presence states say of one user (pure).
import type { Publication, Status } from '../../core/presence.ts'
import { isDoNotDisturb } from './hints.ts'

type DeviceMeaning = 'available' | 'busy' | 'unavailable'
type PresenceMeaning = 'dnd' | 'away' | 'available' | 'unavailable'

/** What is not here (UNKNOWN, and words of the future) is no information. */
const DEVICE_STATES: ReadonlyMap<string, DeviceMeaning> = new Map([
  ['NOT_INUSE', 'available'],
  ['RINGING', 'available'],
  ['INUSE', 'busy'],
  ['BUSY', 'busy'],
  ['ONHOLD', 'busy'],
  ['RINGINUSE', 'busy'],
  ['HOLDINUSE', 'busy'],
  ['UNAVAILABLE', 'unavailable'],
  ['INVALID', 'unavailable'],
])

/** The same: not_set is no information. */
const PRESENCE_STATES: ReadonlyMap<string, PresenceMeaning> = new Map([
  ['available', 'available'],
  ['chat', 'available'],
  ['away', 'away'],
  ['xa', 'away'],
  ['dnd', 'dnd'],
  ['unavailable', 'unavailable'],
])

/** Of several presence states of one user the first of these speaks. */
const LOUDEST_FIRST: readonly PresenceMeaning[] = ['dnd', 'away', 'available', 'unavailable']

export interface PresenceState {
  readonly status: string
  /** Readable texts, not escaped. */
  readonly subtype: string
  readonly message: string
}

/** The devices of one user with their states, as far as they are known, and the presence states. */
export interface Signs {
  readonly devices: Iterable<readonly [name: string, state: string | undefined]>
  readonly presences: Iterable<PresenceState | undefined>
}

/** What the signs make of the user; undefined when nothing is known of them. */
export function decide({ devices, presences }: Signs): Publication | undefined {
  const phones = new Set<DeviceMeaning>()
  let doNotDisturb = false
  for (const [name, state] of devices) {
    const meaning = DEVICE_STATES.get(state?.toUpperCase() ?? '')
    if (meaning === undefined) continue
    if (!isDoNotDisturb(name)) phones.add(meaning)
    else if (state?.toUpperCase() === 'BUSY') doNotDisturb = true
  }
  const presence = loudest(presences)
  const status = statusOf(phones, doNotDisturb, presence?.meaning)
  return status === undefined ? undefined : { status, message: presence?.message ?? '' }
}

function statusOf(
  phones: ReadonlySet<DeviceMeaning>,
  doNotDisturb: boolean,
  presence: PresenceMeaning | undefined,
): Status | undefined {
  if (phones.size === 1 && phones.has('unavailable')) return 'unavailable'
  if (phones.has('busy') || doNotDisturb || presence === 'dnd') return 'busy'
  if (presence === 'away' || presence === 'unavailable') return presence
  // A switch that is off tells nothing of whether somebody can be reached.
  return phones.size === 0 && presence === undefined ? undefined : 'available'
}

function loudest(presences: Iterable<PresenceState | undefined>) {
  let best: { readonly meaning: PresenceMeaning; readonly message: string } | undefined
  const rank = (meaning: PresenceMeaning) => LOUDEST_FIRST.indexOf(meaning)
  for (const presence of presences) {
    const meaning = PRESENCE_STATES.get(presence?.status.toLowerCase() ?? '')
    if (presence === undefined || meaning === undefined) continue
    if (best !== undefined && rank(best.meaning) <= rank(meaning)) continue
    best = { meaning, message: presence.message === '' ? presence.subtype : presence.message }
  }
  return best
}
