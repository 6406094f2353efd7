// What the parts of the stores' contract share: the store that they test, and what they save in it.
import type { SourcePresence } from '../../src/core/presence.ts'
import type { Change, Entry, PresenceStore } from '../../src/core/store.ts'

export interface StoreUnderTest {
  readonly store: PresenceStore
  /** Closes the store that is open, and opens it again on what it has left. */
  reopen(): Promise<PresenceStore>
  cleanup(): Promise<void>
}

export interface SharedStoreUnderTest extends StoreUnderTest {
  /** The store of one more node on the same contents. */
  another(): Promise<PresenceStore>
}

export const AWAY: SourcePresence = { status: 'away', message: 'lunch', since: 1000, updated: 2000 }
export const BUSY: SourcePresence = { status: 'busy', message: '', since: 3000, updated: 3000 }

export function changes(...userIds: readonly string[]): Change[] {
  return userIds.map((userId) => ({ userId, source: 'xmpp', presence: AWAY }))
}

/** Everything, sorted, since a store gives it in any order. */
export async function all(store: PresenceStore): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of store.load()) entries.push(entry)
  return sorted(entries)
}

export function sorted<Named extends { userId: string; source: string }>(entries: readonly Named[]): Named[] {
  const nameOf = ({ userId, source }: Named): string => JSON.stringify([userId, source])
  return entries.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
}

export function withoutVersions(entries: readonly Entry[]): Change[] {
  return entries.map(({ version: _, ...rest }) => rest)
}

/** Saves, and gives the versions; 0 for what was refused. */
export async function save(store: PresenceStore, wanted: readonly Change[]): Promise<number[]> {
  return (await store.save(wanted)).map((result) => (typeof result === 'number' ? result : 0))
}
