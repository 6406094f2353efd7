// The values of the embedded store's entries as bytes.
import { type AtExpiry, type DevicePresence, type SourcePresence, STATUSES } from '../core/presence.ts'
import type { CombinedMark, Entry } from '../core/store.ts'
import { decodeDevices, encodeDevices } from './device-values.ts'
import { decodeNames, type Names } from './entry-keys.ts'

/*
 * A value is: flags; version; then, as the flags say, [since, updated], [expires], [the mark's since], [session], [length and bytes of the long key],
 * [length and bytes of the devices]; and the message takes the rest. Numbers are 64-bit floats, so that every number comes back as it was.
 * The flags, two bytes: presence, expires, mark, long key; status (2 bits), the mark's status (2 bits), what happens at expiry (2 bits),
 * devices, session.
 */
const PRESENCE = 1
const EXPIRES = 2
const MARK = 4
const LONG = 8
const STATUS = 4
const MARK_STATUS = 6
const AT_EXPIRY = 8
const DEVICES = 1024
const SESSION = 2048
/** All bits that a flag may have, but for the one of long keys. */
export const FLAGS = 0b1111_1111_0111
const AT_EXPIRIES: readonly (AtExpiry | undefined)[] = [undefined, 'unavailable', 'withdrawn']

const VERSION_AT = 2
const NUMBER = 8

/** The value of an entry. */
export function encodeEntry(
  { presence, mark, session, version }: Omit<Entry, 'userId' | 'source'>,
  long?: Buffer,
): Buffer {
  let flags = 0
  const numbers = [version]
  if (presence !== undefined) {
    flags |= PRESENCE | (STATUSES.indexOf(presence.status) << STATUS)
    flags |= Math.max(0, AT_EXPIRIES.indexOf(presence.atExpiry)) << AT_EXPIRY
    numbers.push(presence.since, presence.updated)
    if (presence.expires !== undefined) {
      flags |= EXPIRES
      numbers.push(presence.expires)
    }
  }
  if (mark !== undefined) {
    flags |= MARK | (STATUSES.indexOf(mark.status) << MARK_STATUS)
    numbers.push(mark.since)
  }
  if (session !== undefined) {
    flags |= SESSION
    numbers.push(session)
  }
  if (long !== undefined) flags |= LONG
  const devices = presence?.devices === undefined ? undefined : encodeDevices(presence.devices)
  if (devices !== undefined) flags |= DEVICES
  const message = presence?.message ?? ''
  const parts = [long, devices].filter((part) => part !== undefined)
  const partBytes = parts.reduce((sum, part) => sum + 4 + part.length, 0)
  const value = Buffer.allocUnsafe(VERSION_AT + numbers.length * NUMBER + partBytes + Buffer.byteLength(message))
  let at = value.writeUInt16LE(flags, 0)
  for (const number of numbers) at = value.writeDoubleLE(number, at)
  for (const part of parts) {
    at = value.writeUInt32LE(part.length, at)
    at += part.copy(value, at)
  }
  if (message !== '') value.write(message, at)
  return value
}

/** An entry, but for its names; `names` is there when they are in the value because the key was too long. */
export interface Decoded {
  readonly version: number
  readonly presence: SourcePresence | undefined
  readonly mark: CombinedMark | undefined
  readonly session: number | undefined
  readonly names: Names | undefined
}

/** Reads a value out of a buffer that may be longer and is overwritten afterwards. Throws when it can't be one. */
export function decodeEntry(bytes: Buffer, length: number): Decoded {
  const flags = bytes.readUInt16LE(0)
  const version = bytes.readDoubleLE(VERSION_AT)
  let at = VERSION_AT + NUMBER
  let since = 0
  let updated = 0
  let expires: number | undefined
  let mark: CombinedMark | undefined
  let session: number | undefined
  let names: Names | undefined
  if (flags & PRESENCE) {
    since = bytes.readDoubleLE(at)
    updated = bytes.readDoubleLE(at + NUMBER)
    at += 2 * NUMBER
    if (flags & EXPIRES) {
      expires = bytes.readDoubleLE(at)
      at += NUMBER
    }
  }
  if (flags & MARK) {
    mark = { status: STATUSES[(flags >> MARK_STATUS) & 3] ?? 'unavailable', since: bytes.readDoubleLE(at) }
    at += NUMBER
  }
  if (flags & SESSION) {
    session = bytes.readDoubleLE(at)
    at += NUMBER
  }
  if (flags & LONG) {
    const end = at + 4 + bytes.readUInt32LE(at)
    names = decodeNames(bytes, at + 4, end)
    at = end
  }
  let devices: readonly DevicePresence[] | undefined
  if (flags & DEVICES) {
    const end = at + 4 + bytes.readUInt32LE(at)
    if (end <= length) devices = decodeDevices(bytes.subarray(at + 4, end))
    at = end
  }
  if (at > length) throw new RangeError(`an entry of ${length} bytes is cut off`)
  if (!(flags & PRESENCE)) return { version, presence: undefined, mark, session, names }
  const status = STATUSES[(flags >> STATUS) & 3] ?? 'unavailable'
  const message = at === length ? '' : bytes.toString('utf8', at, length)
  const atExpiry = AT_EXPIRIES[(flags >> AT_EXPIRY) & 3]
  const presence = presenceOf(status, message, since, updated, expires, atExpiry)
  return { version, presence: devices === undefined ? presence : { ...presence, devices }, mark, session, names }
}

// Nearly all are one of the first two; written out, they keep one hidden class each.
function presenceOf(
  status: SourcePresence['status'],
  message: string,
  since: number,
  updated: number,
  expires: number | undefined,
  atExpiry: AtExpiry | undefined,
): SourcePresence {
  if (expires === undefined && atExpiry === undefined) return { status, message, since, updated }
  if (atExpiry === undefined) return { status, message, since, updated, ...(expires !== undefined && { expires }) }
  return { status, message, since, updated, ...(expires !== undefined && { expires }), atExpiry }
}
