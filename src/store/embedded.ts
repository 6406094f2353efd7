// The embedded store: everything in one LMDB file of the data folder, for a single daemon.
import { join, resolve } from 'node:path'
import { FatalError, reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Change, Entry, Lease, PresenceStore, SaveResult, StoreState } from '../core/store.ts'
import { prepareFolder } from './data-folder.ts'
import { type Database, type Operation, openDatabase, RESTORE } from './database.ts'
import { ENTRIES, entryPlace, RECORDS, recordKey, SEQUENCE_KEY } from './entry-keys.ts'
import { decodeEntry, encodeEntry } from './entry-values.ts'
import { epochOf } from './format.ts'
import { GroupCommit } from './group-commit.ts'
import { claim, type LetGo } from './holder.ts'
import { entryOf, slicesOf } from './loading.ts'

export interface EmbeddedOptions {
  /** The data folder; made, for the daemon's account alone, when it is missing. */
  readonly path: string
  /** Whether a save waits until a power cut can't undo it. Without it a save outlives the process, but maybe not the machine. */
  readonly sync: boolean
  readonly log: Log
}

/**
 * Opens the store, or makes it. Throws FatalError, with a sentence for the administrator, when the folder can't be used or is in use, or
 * when its database is damaged, of a newer format or something else; whatever is there then stays as it is.
 */
export async function openEmbeddedStore({ path, sync, log }: EmbeddedOptions): Promise<EmbeddedStore> {
  const folder = resolve(path)
  await prepareFolder(folder)
  const letGo = await claim(join(folder, 'presence.holder'), folder)
  try {
    const database = await openDatabase(folder, sync, log)
    try {
      return new EmbeddedStore(database, await epochOf(database), letGo)
    } catch (error) {
      await database.close()
      throw error
    }
  } catch (error) {
    await letGo()
    throw error instanceof FatalError ? error : new FatalError(reason(error), { cause: error })
  }
}

export class EmbeddedStore implements PresenceStore {
  /** A random name, made with the database: versions of different epochs can't be compared. */
  readonly epoch: string
  readonly shared = false
  readonly shards = 1
  readonly clockOffset = 0
  readonly state: StoreState = { connected: true, since: Date.now() }
  readonly #database: Database
  readonly #letGo: LetGo
  readonly #commits: GroupCommit
  #sequence: number
  #closed: Promise<void> | undefined
  /** The values that the operations of the group in preparation will leave, as far as they were looked at. */
  readonly #prepared = new Map<string, Buffer | undefined>()
  #lookedAt = 0

  constructor(database: Database, epoch: string, letGo: LetGo) {
    this.epoch = epoch
    this.#database = database
    this.#letGo = letGo
    this.#sequence = database.get(SEQUENCE_KEY)?.readDoubleLE(0) ?? 0
    this.#commits = new GroupCommit(
      (operations) => this.#commit(operations),
      () => this.#beginGroup(),
    )
  }

  get position(): readonly number[] {
    return [this.#sequence]
  }

  shardOf(): number {
    return 0
  }

  hasLost(): boolean {
    return false
  }

  async *load(): AsyncGenerator<Entry> {
    try {
      for await (const slice of slicesOf(this.#database, ENTRIES)) {
        // Each by itself: `yield*` would wait twice for every entry.
        for (const entry of slice) yield entry
      }
    } catch (error) {
      throw new FatalError(`the presence database ${this.#database.file} is damaged: ${reason(error)}; ${RESTORE}`, {
        cause: error,
      })
    }
  }

  /** Records are counted as well; there are few. */
  count(): Promise<number> {
    return Promise.resolve(this.#database.count)
  }

  save(changes: readonly Change[]): Promise<readonly SaveResult[]> {
    if (changes.length === 0) return Promise.resolve([])
    return this.#commits.add((operations) => changes.map((change) => this.#prepare(change, operations)))
  }

  records(): Promise<ReadonlyMap<string, unknown>> {
    const records = new Map<string, unknown>()
    for (const key of this.#database.keys(RECORDS)) {
      const [name, value]: [string, unknown] = JSON.parse(String(this.#database.get(key)))
      records.set(name, value)
    }
    return Promise.resolve(records)
  }

  saveRecord(name: string, value: unknown): Promise<boolean> {
    const operation = { key: recordKey(name), value: Buffer.from(JSON.stringify([name, value])) }
    return this.#commits.add((operations) => {
      operations.push(operation)
      return true
    })
  }

  /** There are no other nodes: nobody has an older fence, and nothing is told to a follower. */
  raiseFence(): Promise<void> {
    return Promise.resolve()
  }

  follow(): void {}

  lease(): Lease {
    return { held: true, fence: 1, onChange() {}, release: () => Promise.resolve() }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#commits.close()
    await this.#database.close()
    await this.#letGo()
  }

  #beginGroup(): void {
    this.#prepared.clear()
    this.#lookedAt = 0
  }

  #prepare({ userId, source, presence, mark, ifVersion }: Change, operations: Operation[]): SaveResult {
    const { key, long } = entryPlace(userId, source)
    if (ifVersion !== undefined) {
      const value = this.#valueOf(key, operations)
      const current = value === undefined ? undefined : entryOf([userId, source], decodeEntry(value, value.length))
      if (ifVersion !== (current?.version ?? 0)) return { refused: 'version', current }
    }
    this.#sequence += 1
    const version = this.#sequence
    if (presence === undefined && mark === undefined) operations.push({ key })
    else {
      const entry = { version, ...(presence && { presence }), ...(mark && { mark }) }
      operations.push({ key, value: encodeEntry(entry, long) })
    }
    return version
  }

  /** The value that an entry has once these operations are done. */
  #valueOf(key: Buffer, operations: readonly Operation[]): Buffer | undefined {
    for (; this.#lookedAt < operations.length; this.#lookedAt += 1) {
      const operation = operations[this.#lookedAt]
      if (operation !== undefined) this.#prepared.set(operation.key.toString('latin1'), operation.value)
    }
    const name = key.toString('latin1')
    return this.#prepared.has(name) ? this.#prepared.get(name) : this.#database.get(key)
  }

  #commit(operations: readonly Operation[]): Promise<void> {
    const sequence = Buffer.allocUnsafe(8)
    sequence.writeDoubleLE(this.#sequence)
    return this.#database.write([{ key: SEQUENCE_KEY, value: sequence }, ...operations])
  }
}
