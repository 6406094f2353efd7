// What the tabs and devices of a user say, made into what their source says (pure).
import { type DevicePresence, type Publication, type SourcePresence, STATUSES } from './presence.ts'

/** So many devices of one user are kept; beyond, the one that was heard of longest ago is forgotten. */
export const DEVICE_LIMIT = 32

/** What one device said. */
export interface DeviceWord {
  readonly device: string
  /** Undefined, or one that says "unavailable": the device has gone. */
  readonly publication: Publication | undefined
  readonly at: number
  /** When its status was first said among the words that this one has replaced before it was saved. */
  readonly statusSince: number
}

/** What the source says of a user once a device has spoken, given what holds until then (passed deadlines taken into account). */
export function withDevice(before: SourcePresence | undefined, word: DeviceWord): SourcePresence {
  const { device, publication, at } = word
  const devices = devicesOf(before)
  const others = devices.filter((one) => one.device !== device)
  if (publication === undefined || publication.status === 'unavailable') {
    if (others.length === 0) return gone(before, word)
    return { ...merged(others, before, at), updated: at }
  }
  const { status, message, expires } = publication
  const former = devices.find((one) => one.device === device)
  const same = former?.status === status && former.message === message
  const since = same ? former.since : Math.min(word.statusSince, at)
  const said = { device, status, message, since, updated: at, ...(expires !== undefined && { expires }) }
  const all = [...others, said]
  if (all.length > DEVICE_LIMIT) all.splice(all.indexOf(quietest(others)), 1)
  return { ...merged(all, before, speaker(all) === said ? since : at), updated: at }
}

/** What is left of it without some devices, whose deadlines have passed: each may have changed who speaks. */
export function withoutDevices(presence: SourcePresence, over: readonly DevicePresence[]): SourcePresence {
  let left = devicesOf(presence)
  let { status, since } = presence
  for (const end of over.toSorted((one, other) => (one.expires ?? 0) - (other.expires ?? 0))) {
    left = left.filter((one) => one !== end)
    const next = speaker(left)?.status ?? 'unavailable'
    if (next !== status) since = Math.max(since, end.expires ?? 0)
    status = next
  }
  if (left.length === 0) return { status: 'unavailable', message: '', since, updated: presence.updated }
  return { ...merged(left, { status, since }, since), updated: presence.updated }
}

/** The next deadline of a publication: the first of its devices, where it has some. */
export function nextEnd({
  expires,
  devices,
}: {
  readonly expires?: number | undefined
  readonly devices?: readonly DevicePresence[] | undefined
}): number | undefined {
  if (devices === undefined) return expires
  let next: number | undefined
  for (const { expires: end } of devices) if (end !== undefined && (next === undefined || end < next)) next = end
  return next
}

function devicesOf(presence: SourcePresence | undefined): readonly DevicePresence[] {
  if (presence === undefined || presence.status === 'unavailable') return []
  if (presence.devices !== undefined) return presence.devices
  const { status, message, since, updated, expires } = presence
  return [{ device: '', status, message, since, updated, ...(expires !== undefined && { expires }) }]
}

/** Who speaks for the user: the most available, then the one that began to say so last (as with the resources of XMPP). */
function speaker(devices: readonly DevicePresence[]): DevicePresence | undefined {
  let best: DevicePresence | undefined
  for (const one of devices) if (best === undefined || outranks(one, best)) best = one
  return best
}

function outranks(one: DevicePresence, other: DevicePresence): boolean {
  const difference = STATUSES.indexOf(one.status) - STATUSES.indexOf(other.status)
  if (difference !== 0) return difference < 0
  if (one.since !== other.since) return one.since > other.since
  return one.device > other.device // anything, if only it is always the same one
}

function quietest(devices: readonly DevicePresence[]): DevicePresence {
  return devices.reduce((quiet, one) => (one.updated < quiet.updated ? one : quiet))
}

/** One word for all of them; it lasts as long as the last one of them. */
function merged(
  devices: readonly DevicePresence[],
  before: Pick<SourcePresence, 'status' | 'since'> | undefined,
  began: number,
): Omit<SourcePresence, 'updated'> {
  const { status, message } = speaker(devices) ?? { status: 'unavailable', message: '' }
  const ends = devices.map(({ expires }) => expires ?? Number.POSITIVE_INFINITY)
  const expires = Math.max(...ends)
  const alone = devices.length === 1 && devices[0]?.device === ''
  return {
    status,
    message,
    since: before?.status === status ? before.since : began,
    ...(Number.isFinite(expires) && { expires, atExpiry: 'unavailable' }),
    ...(!alone && { devices }),
  }
}

/** The last device has gone, with these words. */
function gone(before: SourcePresence | undefined, { publication, at, statusSince }: DeviceWord): SourcePresence {
  const since = before?.status === 'unavailable' ? before.since : Math.min(statusSince, at)
  return { status: 'unavailable', message: publication?.message ?? '', since, updated: at }
}
