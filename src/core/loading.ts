// From the store into the table, at start.
import { SavingError } from './errors.ts'
import type { SourcePresence } from './presence.ts'
import { LOADED } from './standing.ts'
import type { Change, Entry, PresenceStore } from './store.ts'
import type { UserTable } from './user-table.ts'

/** How many entries are saved at once. */
const SLICE = 5_000

/**
 * Fills the table. Entries of sources that are not configured stay in the store, unseen. What remains of a deadline is
 * clamped to between nothing and its full length, since the wall clock may have been set while nobody looked; that is saved, or
 * everybody would get the full length again at every start.
 */
export async function loadTable(
  store: PresenceStore,
  table: UserTable,
  sources: ReadonlySet<string>,
  now: number,
): Promise<void> {
  const withdrawn: Entry[] = []
  const early: Entry[] = []
  for await (const entry of store.load()) {
    const { userId, source, presence, version } = entry
    if (presence === undefined && entry.mark === undefined) table.remove(userId, source, version)
    else if (presence === undefined) withdrawn.push(entry)
    else if (sources.has(source)) {
      const slot = table.put(userId, source, clamped(presence, now), version, LOADED)
      if (slot.presence !== presence) early.push({ userId, source, presence: slot.presence, version })
      takeMark(table, entry, now)
    }
  }
  // A withdrawn entry is only there for its mark: it may be the newest word about a user.
  for (const entry of withdrawn) takeMark(table, entry, now)
  const orphans = withdrawn.filter(({ userId }) => table.get(userId) === undefined)
  await tidy(
    store,
    orphans.map(({ userId, source }) => ({ userId, source })),
  )
  await saveEarly(store, table, early)
}

/** Entries that had times of the future get those that they count with. */
async function saveEarly(store: PresenceStore, table: UserTable, early: readonly Entry[]): Promise<void> {
  for (let start = 0; start < early.length; start += SLICE) {
    const changes = early.slice(start, start + SLICE).map(({ version, ...entry }) => {
      // It becomes the user's newest entry, which carries the mark.
      const mark = table.get(entry.userId)?.mark
      return { ...entry, ...(mark && { mark }), ifVersion: version }
    })
    const versions = await tidy(store, changes)
    for (const [index, { userId, source, presence }] of changes.entries()) {
      const version = versions[index] ?? 0
      if (version !== 0 && presence !== undefined) table.put(userId, source, presence, version, LOADED)
    }
  }
}

/** The versions, 0 for what was refused. What can't be saved is found again at the next start; a full disk prevents none. */
async function tidy(store: PresenceStore, changes: readonly Change[]): Promise<readonly number[]> {
  try {
    const results = changes.length === 0 ? [] : await store.save(changes)
    return results.map((result) => (typeof result === 'number' ? result : 0))
  } catch (error) {
    if (error instanceof SavingError) return []
    throw error
  }
}

/** The newest entry of a user carries the mark. */
function takeMark(table: UserTable, { userId, mark, version }: Entry, now: number): void {
  const user = table.get(userId)
  if (user === undefined) return
  user.version = Math.max(user.version, version)
  if (mark === undefined) return
  if (user.slots.some((slot) => slot.version > version)) return
  user.mark = mark.since <= now ? mark : { ...mark, since: now }
}

/** With times that are not ahead of now, and a deadline that is not further away than its full length; itself where that is so. */
export function clamped(presence: SourcePresence, now: number): SourcePresence {
  const { devices } = presence
  const isEarly = ({ since, updated }: { since: number; updated: number }): boolean => since > now || updated > now
  if (devices?.some(isEarly) !== true) return clampedTimes(presence, now)
  return { ...clampedTimes(presence, now), devices: devices.map((device) => clampedTimes(device, now)) }
}

function clampedTimes<Said extends { since: number; updated: number; expires?: number }>(
  said: Said,
  now: number,
): Said {
  const { since, updated, expires } = said
  if (updated <= now && since <= now) return said
  const length = expires === undefined ? undefined : Math.max(0, expires - updated)
  return {
    ...said,
    since: Math.min(since, now),
    updated: Math.min(updated, now),
    ...(length !== undefined && { expires: Math.min(expires ?? now, now + length) }),
  }
}
