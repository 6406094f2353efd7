// Reads all entries of an LMDB database, in slices between which the event loop runs.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Entry } from '../core/store.ts'
import type { Database } from './database.ts'
import type { StoredKey } from './entry-keys.ts'
import type { Decoded } from './entry-values.ts'
import type { Range, Snapshot } from './snapshot.ts'

/** How many entries are read at once: a few milliseconds' worth. */
const SLICE = 2000

/** The entries of a range of keys as they are now, a slice at a time; the loop runs on in between. */
export async function* slicesOf(database: Database, range: Range): AsyncGenerator<readonly Entry[]> {
  const snapshot = database.snapshot()
  try {
    let { start } = range
    for (;;) {
      const { entries, last } = readSlice(snapshot, start, range.end)
      yield entries
      if (last === undefined) return
      start = last
      await nextTurn()
    }
  } finally {
    snapshot.letGo()
  }
}

interface Slice {
  readonly entries: readonly Entry[]
  /** The key of the last entry, after which the next slice begins; undefined after the last slice. */
  readonly last: StoredKey | undefined
}

function readSlice(snapshot: Snapshot, start: StoredKey, end: StoredKey): Slice {
  const entries: Entry[] = []
  let last: StoredKey | undefined
  for (const { key, value } of snapshot.entries({ start, end }, SLICE)) {
    last = key
    if ('names' in value) entries.push(entryOf(value.names ?? key, value))
  }
  return { entries, last: entries.length < SLICE ? undefined : last }
}

/** A value that was read, with its names. */
export function entryOf(names: StoredKey, { presence, mark, version }: Decoded): Entry {
  if (!Array.isArray(names)) throw new Error('an entry has lost its names')
  const [userId, source] = names
  if (mark === undefined) {
    return presence === undefined ? { userId, source, version } : { userId, source, presence, version }
  }
  return presence === undefined ? { userId, source, mark, version } : { userId, source, presence, mark, version }
}
