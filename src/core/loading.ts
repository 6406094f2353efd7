// From the store into the table, at start.
import type { SourcePresence } from './presence.ts'
import { LOADED } from './standing.ts'
import type { Entry, PresenceStore } from './store.ts'
import type { UserTable } from './user-table.ts'

/**
 * Fills the table. Entries of sources that are not configured stay in the store, unseen. What remains of a deadline is
 * clamped to between nothing and its full length, since the wall clock may have been set while nobody looked.
 */
export async function loadTable(
  store: PresenceStore,
  table: UserTable,
  sources: ReadonlySet<string>,
  now: number,
): Promise<void> {
  const withdrawn: Entry[] = []
  for await (const entry of store.load()) {
    if (entry.presence === undefined) withdrawn.push(entry)
    else if (sources.has(entry.source)) {
      table.put(entry.userId, entry.source, clamped(entry.presence, now), entry.version, LOADED)
      takeMark(table, entry)
    }
  }
  // A withdrawn entry is only there for its mark: it may be the newest word about a user.
  for (const entry of withdrawn) takeMark(table, entry)
  const orphans = withdrawn.filter(({ userId }) => table.get(userId) === undefined)
  if (orphans.length > 0) await store.save(orphans.map(({ userId, source }) => ({ userId, source })))
}

/** The newest entry of a user carries the mark. */
function takeMark(table: UserTable, { userId, mark, version }: Entry): void {
  const user = table.get(userId)
  if (user === undefined) return
  user.version = Math.max(user.version, version)
  if (mark === undefined) return
  if (user.slots.every((slot) => slot.version <= version)) user.mark = mark
}

/** With times that are not ahead of now, and a deadline that is not further away than its full length. */
export function clamped(presence: SourcePresence, now: number): SourcePresence {
  const { devices } = presence
  if (devices === undefined) return clampedTimes(presence, now)
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
