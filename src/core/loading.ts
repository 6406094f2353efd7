// From the store into the table, at start.
import { SavingError } from './errors.ts'
import type { SourcePresence } from './presence.ts'
import { LOADED } from './standing.ts'
import type { Change, Entry, PresenceStore } from './store.ts'
import { takeMark, type UserTable } from './user-table.ts'
import { keyOf } from './waiting-items.ts'

/** How many entries are saved at once. */
const SLICE = 5_000
/** So far times may be ahead where nodes share a time, since each has it only so exactly. Milliseconds. */
const SLACK = 2_000

export interface Loading {
  readonly store: PresenceStore
  readonly table: UserTable
  /** Those that are configured. */
  readonly sources: ReadonlySet<string>
  readonly now: number
}

/**
 * Fills the table. Entries of sources that are not configured stay in the store, unseen. What remains of a deadline is
 * clamped to between nothing and its full length, since the wall clock may have been set while nobody looked; that is saved, or
 * everybody would get the full length again at every start. Other nodes may do the same: nothing newer than what was loaded is touched.
 */
export async function loadTable({ store, table, sources, now }: Loading): Promise<void> {
  const withdrawn: Entry[] = []
  const early: Entry[] = []
  const latest = store.shared ? now + SLACK : now
  for await (const entry of store.load()) {
    const { userId, source, presence, version } = entry
    if (presence === undefined) {
      // Where it is changed while it is loaded, what was there of it may have come before.
      if (store.shared) table.remove(userId, source, version)
      if (entry.mark !== undefined) {
        withdrawn.push(entry)
        if (store.shared) table.absent.set(keyOf({ userId, source }), version)
      }
    } else if (sources.has(source)) {
      const counting = clamped(presence, latest)
      table.put(userId, source, counting, version, entry.session ?? LOADED)
      if (counting !== presence) early.push({ ...entry, presence: counting })
      takeLoadedMark(store, table, entry, now)
    }
  }
  // A withdrawn entry is only there for its mark: it may be the newest word about a user.
  for (const entry of withdrawn) takeLoadedMark(store, table, entry, now)
  const orphans = withdrawn.filter(({ userId }) => table.get(userId) === undefined)
  await tidy(
    store,
    orphans.map(({ userId, source, version }) => ({ userId, source, ...(store.shared && { ifVersion: version }) })),
  )
  await saveEarly(store, table, early)
}

/** Entries that had times of the future get those that they count with. */
async function saveEarly(store: PresenceStore, table: UserTable, early: readonly Entry[]): Promise<void> {
  for (let start = 0; start < early.length; start += SLICE) {
    const changes = early.slice(start, start + SLICE).map(({ version, ...entry }) => {
      // It becomes the user's newest entry, which carries the mark.
      const mark = table.get(entry.userId)?.mark
      return { ...entry, ...(mark && { mark: { status: mark.status, since: mark.since } }), ifVersion: version }
    })
    const versions = await tidy(store, changes)
    for (const [index, { userId, source, presence, session, ifVersion }] of changes.entries()) {
      const version = versions[index] ?? 0
      const isSame = table.slot(userId, source)?.version === ifVersion
      if (version === 0 || !isSame || presence === undefined) continue
      table.put(userId, source, presence, version, session ?? LOADED)
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
function takeLoadedMark({ shared }: PresenceStore, table: UserTable, entry: Entry, now: number): void {
  const user = table.get(entry.userId)
  if (user === undefined) return
  const { mark, version } = entry
  if (shared) {
    takeMark(user, entry, version)
    return
  }
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
