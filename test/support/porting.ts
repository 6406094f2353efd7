// What moves from one store to another in tests: exports as text, imports, and everything that can be in a store.
import fc from 'fast-check'
import { exportText } from '../../src/core/backup/exporting.ts'
import { type ImportProgress, importBackup } from '../../src/core/backup/importing.ts'
import { BackupReader } from '../../src/core/backup/text.ts'
import type { Change, PresenceStore } from '../../src/core/store.ts'
import { foldUserId, userIdMistake } from '../../src/core/user-id.ts'
import { anyMark, anyPresence } from './any-presence.ts'

/** Later than anything that was said. */
export const NOW = 2_000_000_000_000

const time = fc.integer({ min: 10_000_000, max: NOW - 10_000_000 })
const presence = anyPresence(time, fc.string({ unit: 'grapheme' }))
const userId = fc
  .oneof(fc.constantFrom('ada', 'bob', 'zoe@x'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }))
  .map(foldUserId)
  .filter((id) => userIdMistake(id) === undefined && foldUserId(id) === id)

/** Any change of an entry that says something. */
export const ANYTHING: fc.Arbitrary<Change> = fc
  .record(
    {
      userId,
      source: fc.constantFrom('spreed', 'manual', 'xmpp', 'irc_2'),
      presence,
      mark: anyMark(time),
    },
    { requiredKeys: ['userId', 'source'], noNullPrototype: true },
  )
  .filter((change) => change.presence !== undefined || change.mark !== undefined)

/** `lead`: how far the wall clock is ahead of the store's, in milliseconds. */
export async function exported(store: PresenceStore, lead = 0, made = NOW): Promise<Buffer> {
  const pieces: string[] = []
  for await (const piece of exportText(store, { made, lead })) pieces.push(piece)
  return Buffer.from(pieces.join(''))
}

/** Resolves with the last word about how far it is. */
export async function imported(text: Buffer, store: PresenceStore, lead = 0): Promise<ImportProgress> {
  let last: ImportProgress = { read: 0, written: 0, kept: 0, gone: 0 }
  const reader = new BackupReader()
  for await (const _ of reader.entries(bytesOf(text), lead));
  const entries = new BackupReader().entries(bytesOf(text), lead)
  for await (const progress of importBackup(entries, reader, store, { now: NOW - lead, lead })) last = progress
  return last
}

export async function* bytesOf(text: Buffer): AsyncGenerator<Buffer> {
  yield text
}

/** The entries in an export, without what is each store's own: the order of users, and of versions all but which of a user's is newer. */
export function contentsOf(text: Buffer): readonly string[] {
  const entries = String(text)
    .trimEnd()
    .split('\n')
    .slice(1, -1)
    .map((line) => JSON.parse(line))
  const newest = entries.sort((one, other) => one.version - other.version)
  const ranks = new Map<string, number>()
  return newest
    .map((entry) => {
      const rank = (ranks.get(entry.user_id) ?? 0) + 1
      ranks.set(entry.user_id, rank)
      return JSON.stringify({ ...entry, version: rank })
    })
    .sort()
}
