// The keys of the embedded store as bytes: which names lie where.
import { createHash } from 'node:crypto'

/*
 * The first byte of a key tells what it is: 0 a fact about the store itself, 1 a record, 2 an entry, 3 an entry whose own key
 * would be too long. A hashed key therefore never equals a plain one.
 *   entry    2, user id, 0xff, source    0xff never occurs in UTF-8, so no two pairs of names share a key
 *   hashed   3, SHA-256 of the key that it stands for, which begins the value
 * A user's sources are neighbours, so that they share pages and are loaded together.
 */
const RECORD = 1
const ENTRY = 2
const HASHED = 3
const SEPARATOR = 0xff

/** The longest key that LMDB takes with pages of 4 KiB, in bytes. */
const LONGEST_KEY = 1978

export const FORMAT_KEY = Buffer.from([0, 0])
export const SEQUENCE_KEY = Buffer.from([0, 1])
/** Where all keys begin. */
export const START = Buffer.from([0])
export const RECORDS = { start: Buffer.from([RECORD]), end: Buffer.from([ENTRY]) }
export const ENTRIES = { start: Buffer.from([ENTRY]), end: Buffer.from([HASHED + 1]) }

/** Where an entry lies; `long` is there when its key is only the hash of it. */
export interface Place {
  readonly key: Buffer
  readonly long?: Buffer
}

/** The names must be well-formed Unicode; beyond that they are arbitrary. */
export function entryPlace(userId: string, source: string): Place {
  const key = plainKey(userId, source)
  return key.length <= LONGEST_KEY ? { key } : { key: Buffer.concat([Buffer.from([HASHED]), sha256(key)]), long: key }
}

/** The key of an entry, as long as its names make it. */
export function plainKey(userId: string, source: string): Buffer {
  const split = 1 + Buffer.byteLength(userId)
  const key = Buffer.allocUnsafe(split + 1 + Buffer.byteLength(source))
  key[0] = ENTRY
  key.write(userId, 1)
  key[split] = SEPARATOR
  key.write(source, split + 1)
  return key
}

/** A record's key; its name is in its value again. */
export function recordKey(name: string): Buffer {
  const key = Buffer.concat([RECORDS.start, Buffer.from(name)])
  // Hashed names begin with 0xff, which no name does.
  return key.length <= LONGEST_KEY ? key : Buffer.concat([Buffer.from([RECORD, SEPARATOR]), sha256(key)])
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** A user id and a source. */
export type Names = [userId: string, source: string]

/** The names in an entry's plain key, which lies between two positions. */
export function decodeNames(bytes: Buffer, start: number, end: number): Names {
  let split = start + 1
  let ascii = true
  for (; split < end; split += 1) {
    const byte = bytes[split] ?? 0
    if (byte === SEPARATOR) break
    if (byte > 0x7f) ascii = false
  }
  const userId = bytes.toString(ascii ? 'latin1' : 'utf8', start + 1, split)
  return [userId, interned(bytes, split + 1, end)]
}

/** The sources seen last; there are few, and one string each is enough. */
const sources: { readonly bytes: Buffer; readonly text: string }[] = []
const SOURCES = 16

function interned(bytes: Buffer, start: number, end: number): string {
  for (const source of sources) if (equal(source.bytes, bytes, start, end)) return source.text
  const text = bytes.toString('utf8', start, end)
  if (sources.unshift({ bytes: Buffer.from(text), text }) > SOURCES) sources.pop()
  return text
}

function equal(source: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (source.length !== end - start) return false
  for (let index = 0; index < source.length; index += 1) if (source[index] !== bytes[start + index]) return false
  return true
}

/** A key as LMDB is given it, or as it is read. */
export type StoredKey = Buffer | Names

/** For LMDB: puts a key into its buffer, and tells where it ends. */
export function writeKey(key: StoredKey, target: Uint8Array, position: number): number {
  const bytes = Array.isArray(key) ? entryPlace(...key).key : key
  target.set(bytes, position)
  return position + bytes.length
}

/** For LMDB: the key between two positions of its buffer; of a plain entry key the names, which is all that loading needs of it. */
export function readKey(bytes: Buffer, start: number, end: number): StoredKey {
  return bytes[start] === ENTRY ? decodeNames(bytes, start, end) : Buffer.from(bytes.subarray(start, end))
}
