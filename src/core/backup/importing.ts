// Puts a backup into a store, entry by entry: what is newer there stays, so that it may be in use, and that it may be done again.
import { clamped } from '../loading.ts'
import { isStandingRecord } from '../standing-record.ts'
import { type Change, type Entry, NO_VERSION, type PresenceStore } from '../store.ts'
import { isFields } from './entry-lines.ts'
import { STANDING } from './record-lines.ts'
import { markOf, slicesOf } from './restoring.ts'
import type { BackupReader } from './text.ts'

/** So many entries, at most. */
export interface ImportProgress {
  readonly read: number
  readonly written: number
  /** They are there already, as new as in the backup or newer. */
  readonly kept: number
  /** An earlier import has brought them, and they were taken away since. */
  readonly gone: number
}

export interface ImportOptions {
  /** Of the clock whose times the store has; the entries have them, too. */
  readonly now: number
  /** How far the wall clock is ahead of it, in milliseconds. */
  readonly lead: number
}

/** Which backups came in whole: the epoch of the store that each was made of, and its time. */
const IMPORTED = 'imported'
/** So many are remembered. */
const REMEMBERED = 20

type StoreFace = Pick<PresenceStore, 'save' | 'records' | 'saveRecord'>

/**
 * Imports these entries, of a backup that another reader has read to its end before: only then it is known to be sound. Tells how far it is.
 * Throws SavingError with part of it done; repeating is safe.
 */
export async function* importBackup(
  entries: AsyncIterable<Entry>,
  { facts, standings }: Pick<BackupReader, 'facts' | 'standings'>,
  store: StoreFace,
  { now, lead }: ImportOptions,
): AsyncGenerator<ImportProgress> {
  const imports = importsOf((await store.records()).get(IMPORTED))
  // What an earlier backup of that store had as well came with it; missing now, it was taken away since.
  const known = (imports.get(facts.epoch) ?? Number.NEGATIVE_INFINITY) - lead
  let progress: ImportProgress = { read: 0, written: 0, kept: 0, gone: 0 }
  for await (const users of slicesOf(entries)) {
    const wishes = users.flatMap((user) => wishesOf(user, known, now))
    const { written, kept, gone } = await fulfil(wishes, store)
    progress = {
      read: progress.read + wishes.length,
      ...{ written: progress.written + written, kept: progress.kept + kept, gone: progress.gone + gone },
    }
    yield progress
  }
  await importStandings(standings, store, now)
  imports.delete(facts.epoch)
  imports.set(facts.epoch, facts.made)
  await store.saveRecord(IMPORTED, Object.fromEntries([...imports].slice(-REMEMBERED)))
}

/** An entry that is to be saved if nothing newer is there. */
interface Wish {
  readonly entry: Entry
  /** Of the user, for an entry that is saved after others of the user. */
  readonly mark: Entry['mark']
  readonly change: Change
}

/** In the order in which they were saved, so that the newest again carries the mark. */
function wishesOf(user: readonly Entry[], known: number, now: number): readonly Wish[] {
  const mark = markOf(user)
  const inOrder = user.toSorted((one, other) => one.version - other.version)
  return inOrder.map(({ version: _, ...entry }) => {
    const { presence } = entry
    const change = { ...entry, ...(presence && { presence: clamped(presence, now) }) }
    const ifVersion = toldAt(entry) <= known ? NO_VERSION : 0
    return { entry: { ...change, version: 0 }, mark, change: { ...change, ifVersion } }
  })
}

/** Saves, and again what was refused because of something older. */
async function fulfil(
  wishes: readonly Wish[],
  store: StoreFace,
): Promise<{ readonly written: number; readonly kept: number; readonly gone: number }> {
  const [counts, marks] = [{ written: 0, kept: 0, gone: 0 }, new Map<string, Entry>()]
  let left = wishes
  while (left.length > 0) {
    const results = await store.save(left.map(({ change }) => change))
    const again: Wish[] = []
    for (const [index, wish] of left.entries()) {
      const { entry, change } = wish
      const result = results[index]
      if (typeof result === 'number') counts.written += 1
      else if (result?.refused !== 'version') counts.kept += 1
      else if (result.current === undefined) {
        // Taken away before this import, or just now.
        counts.gone += 1
      } else if (toldAt(entry) > toldAt(result.current)) {
        again.push({ ...wish, change: { ...change, ifVersion: result.current.version } })
      } else {
        counts.kept += 1
        const newest = marks.get(entry.userId)
        if (newest === undefined || newest.version < result.current.version) marks.set(entry.userId, result.current)
      }
    }
    // These become the newest of their users, and so carry the mark.
    left = again.map(({ change, ...wish }) => {
      const mark = marks.get(wish.entry.userId)?.mark ?? wish.mark
      return { ...wish, change: { ...change, ...(mark && { mark }) } }
    })
  }
  return counts
}

/** When the source last said it; of an entry that is there for its mark alone: since when that holds. */
function toldAt({ presence, mark }: Pick<Entry, 'presence' | 'mark'>): number {
  return presence?.updated ?? mark?.since ?? Number.NEGATIVE_INFINITY
}

/** Where a source was seen later, that counts. */
async function importStandings(standings: BackupReader['standings'], store: StoreFace, now: number): Promise<void> {
  const records = await store.records()
  for (const [source, { seen, starts }] of standings) {
    const name = `${STANDING}${source}`
    const there = records.get(name)
    const known = isStandingRecord(there) ? there.seen : Number.NEGATIVE_INFINITY
    if (seen > known) await store.saveRecord(name, { seen: Math.min(seen, now), starts })
  }
}

function importsOf(record: unknown): Map<string, number> {
  if (!isFields(record)) return new Map()
  return new Map(Object.entries(record).filter((pair): pair is [string, number] => Number.isFinite(pair[1])))
}
