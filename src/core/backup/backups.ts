// What whoever runs a service has of it while it runs: backups, the way back from them, and a checksum.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Checksum, checksumOf } from '../checksum.ts'
import type { Clock } from '../clock.ts'
import type { SaveQueue } from '../save-queue.ts'
import type { Intent } from '../saving.ts'
import type { Entry, PresenceStore } from '../store.ts'
import type { UserTable } from '../user-table.ts'
import { type RestoreOptions, type RestoreProgress, restore } from './restoring.ts'
import { backupText } from './text.ts'

/** How many users are looked at in one turn of the loop. */
const SLICE = 1_000

export interface BackupParts {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly table: UserTable
  readonly queue: SaveQueue
  /** Whether clients publish to a source. */
  isPublishable(source: string): boolean
  /** Resolves when all is saved and visible; rejects with SavingError. */
  save(intents: readonly Intent[]): Promise<void>
}

export class Backups {
  readonly #parts: BackupParts

  constructor(parts: BackupParts) {
    this.#parts = parts
  }

  /** The text of a backup of everything that is saved, as it is at the first question for a piece; of several nodes each user as they then are. */
  async *make(): AsyncGenerator<string> {
    const { store, clock, table } = this.#parts
    // Where other nodes write as well, loading would get in the way of following them; this node knows what they know.
    const entries = store.shared ? entriesOf(table) : store.load()
    const facts = { made: clock.wall(), epoch: store.epoch, about: await store.count() }
    yield* backupText(entries, facts, clock.lead(), await store.records())
  }

  /** What this node has in memory, as a short word to compare with other nodes. */
  checksum(): Promise<Checksum> {
    return checksumOf(this.#parts.store, this.#parts.table)
  }

  /** Makes what clients have published what it was in a backup. Throws SavingError with part of it done; repeating is safe. */
  restore(entries: AsyncIterable<Entry>, options: RestoreOptions): AsyncGenerator<RestoreProgress> {
    const { queue } = this.#parts
    return restore(entries, options, {
      ...this.#parts,
      isWaiting: (userId, source) => [undefined, ''].some((device) => queue.waiting(userId, source, device).length > 0),
    })
  }
}

/** What the table has of users, each of them whole. */
async function* entriesOf(table: UserTable): AsyncGenerator<Entry> {
  for (const users of table.slices(SLICE)) {
    for (const { userId, slots, mark } of users) {
      const newest = Math.max(...slots.map(({ version }) => version))
      for (const { source, presence, version } of [...slots]) {
        const carried = mark && version === newest && { mark: { status: mark.status, since: mark.since } }
        yield { userId, source, presence, version, ...carried }
      }
    }
    await nextTurn()
  }
}
