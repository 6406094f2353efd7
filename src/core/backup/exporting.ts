// Everything in a store that nobody follows through this process, as the text of a backup; whichever store it is.
import type { Entry, PresenceStore } from '../store.ts'
import { backupText } from './text.ts'

/** What tells how far it is: entries so far, of about so many. */
export interface ExportOptions {
  /** Epoch milliseconds of the wall clock. */
  readonly made: number
  /** How far the wall clock is ahead of the store's times, in milliseconds. */
  readonly lead: number
}

/** The text, piece by piece, of what is in the store. Rejects with SavingError or FatalError when it can't be read. */
export async function* exportText(store: PresenceStore, { made, lead }: ExportOptions): AsyncGenerator<string> {
  const facts = { made, epoch: store.epoch, about: await store.count() }
  yield* backupText(userByUser(store), facts, lead, await store.records())
}

/**
 * Every entry, those of a user together. A store of several nodes gives them in no order, shard by shard, and what is changed meanwhile
 * again: so one shard is held at a time, and the last word counts.
 */
export async function* userByUser(store: PresenceStore): AsyncGenerator<Entry> {
  if (!store.shared) {
    yield* store.load()
    return
  }
  let shard = 0
  let users = new Map<string, Map<string, Entry>>()
  for await (const entry of store.load()) {
    const { userId, source, presence, mark } = entry
    const next = store.shardOf(userId)
    if (next !== shard) {
      yield* entriesOf(users)
      users = new Map()
      shard = next
    }
    const sources = users.get(userId) ?? new Map<string, Entry>()
    if (presence === undefined && mark === undefined) sources.delete(source)
    else sources.set(source, entry)
    users.set(userId, sources)
  }
  yield* entriesOf(users)
}

function* entriesOf(users: ReadonlyMap<string, ReadonlyMap<string, Entry>>): Generator<Entry> {
  for (const sources of users.values()) yield* sources.values()
}
