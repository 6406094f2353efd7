// Entries as Redis keeps them: the bytes of the embedded store, but whoever can write to Redis is not believed.
import { MESSAGE_LIMIT, type SourcePresence } from '../../core/presence.ts'
import type { Change, Entry } from '../../core/store.ts'
import { foldUserId, userIdMistake } from '../../core/user-id.ts'
import { decodeNames, plainKey } from '../entry-keys.ts'
import { decodeEntry, encodeEntry, FLAGS } from '../entry-values.ts'
import { entryOf } from '../loading.ts'

/** The longest value that is read, in bytes, and the most devices of a user; ours are far below. */
const LONGEST_VALUE = 4 * 1024 * 1024
const MOST_DEVICES = 1_000
const LONGEST_SOURCE = 4_096
/** The last moment of a Date, in milliseconds. */
const LAST_TIME = 8.64e15

/** The value of a change, without its version, which Redis gives; empty when the entry goes. */
export function encodeChange({ presence, mark, session }: Change): Buffer {
  if (presence === undefined && mark === undefined) return Buffer.alloc(0)
  const parts = { ...(presence && { presence }), ...(mark && { mark }), ...(session !== undefined && { session }) }
  return encodeEntry({ version: 0, ...parts })
}

/**
 * What these bytes say. Throws, with what is wrong with them, unless they are an entry that this daemon could have written. The version of a
 * change in a stream is that of its place there; an empty value means that the entry is gone.
 */
export function readEntry(key: Buffer, value: Buffer, version?: number): Entry {
  const names = namesOf(key)
  if (value.length === 0 && version !== undefined) return { userId: names[0], source: names[1], version }
  if (value.length > LONGEST_VALUE) throw new RangeError('a value is too long')
  if (value.length < 2 || value.readUInt16LE(0) & ~FLAGS) throw new TypeError('a value is of another kind')
  const decoded = decodeEntry(value, value.length)
  const entry = entryOf(names, decoded)
  const { presence, mark, session } = decoded
  if (presence === undefined && mark === undefined) throw new TypeError('an entry says nothing')
  if (!Number.isSafeInteger(entry.version) || entry.version < 1) throw new RangeError('a version is none')
  if (mark !== undefined) checkTime(mark.since)
  if (presence !== undefined) checkPresence(presence)
  if (session !== undefined && !(Number.isSafeInteger(session) && session >= 0))
    throw new RangeError('a session is none')
  return version === undefined && session === undefined
    ? entry
    : { ...entry, version: version ?? entry.version, ...(session !== undefined && { session }) }
}

function namesOf(key: Buffer): [userId: string, source: string] {
  const names = decodeNames(key, 0, key.length)
  const [userId, source] = names
  if (key[0] !== plainKey('', '')[0] || source.length > LONGEST_SOURCE) throw new TypeError('a key is of another kind')
  if (userIdMistake(userId) !== undefined || foldUserId(userId) !== userId) throw new TypeError('a user id is none')
  // Bytes that are no UTF-8 become this character.
  const suspicious = userId.includes('\ufffd') || source.includes('\ufffd') || !key.includes(0xff)
  if (suspicious && !plainKey(userId, source).equals(key)) throw new TypeError('a key is no text')
  return names
}

function checkPresence({ message, since, updated, expires, devices }: SourcePresence): void {
  checkTime(since)
  checkTime(updated)
  if (expires !== undefined) checkTime(expires)
  if (message.length > 2 * MESSAGE_LIMIT) throw new RangeError('a message is too long')
  if (devices === undefined) return
  if (devices.length > MOST_DEVICES) throw new RangeError('a user has too many devices')
  for (const device of devices) checkPresence({ ...device, message: device.message.concat(device.device) })
}

function checkTime(time: number): void {
  if (!(Math.abs(time) <= LAST_TIME)) throw new RangeError('a time is none')
}
