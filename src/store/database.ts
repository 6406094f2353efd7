// The LMDB file of the embedded store: opened, read, and written in transactions that are answered truthfully.
import { join } from 'node:path'
import { FatalError, SavingError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { usableSize, withRemedy } from './data-folder.ts'
import { DiskRoom } from './disk-room.ts'
import { readKey, type StoredKey, writeKey } from './entry-keys.ts'
import { decodeEntry } from './entry-values.ts'
import { damage } from './lmdb-pages.ts'
import { type Lmdb, type Range, Snapshot } from './snapshot.ts'

/** One write of a transaction; without a value it removes the key. */
export interface Operation {
  readonly key: Buffer
  readonly value?: Buffer
}

/** What to do about a damaged file. */
export const RESTORE = 'restore it from a backup, or move it away to begin without saved presence'

/** Pages for the list of free pages and for new levels of the tree: far more than they need. */
const PAGES_BESIDE = 256

/** What an entry takes in a page beside its key and value, in bytes. */
const NODE = 16

/** Of the statistics of the library, what is used here; it doesn't say their type. */
const STATISTICS = { entryCount: 0, pageSize: 4096, lastPageNumber: 0, treeBranchPageCount: 0, treeLeafPageCount: 0 }

/**
 * Opens the file in this folder, or makes it. With `sync` a commit waits for the disk; without it, it waits for the pages but not
 * for the root that makes them count: a power cut may then undo the last commit, but never damages the file.
 * Throws FatalError, and then has changed nothing.
 */
export async function openDatabase(folder: string, sync: boolean, log: Log): Promise<Database> {
  const file = join(folder, 'presence.mdb')
  const size = await usableSize(file)
  if (size === 0) log.warn(`${file} is empty, as after an interrupted first start, and is begun anew`)
  if (size !== undefined && size > 0) {
    const mistake = await damage(file)
    if (mistake !== undefined) throw new FatalError(`the presence database ${file} ${mistake}; ${RESTORE}`)
  }
  const { open } = await import('lmdb')
  const openLmdb = (): Lmdb => {
    const options = {
      path: file,
      noSubdir: true,
      permissionsMode: 0o600,
      keyEncoder: { writeKey, readKey },
      // Values are encoded before they come here.
      encoder: { encode: (value: Buffer) => value, decode: decodeEntry },
      // LMDB's own way to commit: a write is answered after its flush, or with the error of it. The library's overlapping way never
      // answers a failed flush.
      overlappingSync: false,
      noMetaSync: !sync,
      // The promise of an implicit batch is nobody's: when it rejects, the process would end.
      eventTurnBatching: false,
    }
    return open(options)
  }
  try {
    const lmdb = openLmdb()
    return new Database(file, openLmdb, lmdb, await DiskRoom.open(file))
  } catch (error) {
    throw new FatalError(`cannot open the presence database ${file}: ${withRemedy(error)}`, { cause: error })
  }
}

export class Database {
  readonly file: string
  readonly #open: () => Lmdb
  readonly #room: DiskRoom
  #lmdb: Lmdb
  /** A commit has failed in a way after which LMDB may refuse, or hang on, any other. */
  #suspect = false
  readonly #snapshots = new Set<Snapshot>()

  constructor(file: string, open: () => Lmdb, lmdb: Lmdb, room: DiskRoom) {
    this.file = file
    this.#open = open
    this.#lmdb = lmdb
    this.#room = room
  }

  /** A copy of the value as it is stored. */
  get(key: StoredKey): Buffer | undefined {
    return this.#lmdb.getBinary(key)
  }

  /** How many keys there are. */
  get count(): number {
    return { ...STATISTICS, ...this.#lmdb.getStats() }.entryCount
  }

  /** Everything as it is now, whatever is written meanwhile, until it is let go. */
  snapshot(): Snapshot {
    const transaction = this.#lmdb.useReadTransaction()
    const snapshot = new Snapshot(this.#lmdb, transaction, () => this.#snapshots.delete(snapshot))
    this.#snapshots.add(snapshot)
    return snapshot
  }

  keys(range: Range, limit = Number.POSITIVE_INFINITY): Iterable<StoredKey> {
    return this.#lmdb.getKeys({ ...range, limit })
  }

  /** Does all of it or nothing. Resolves when it is as safe as promised; rejects with SavingError. One at a time. */
  async write(operations: readonly Operation[]): Promise<void> {
    try {
      if (this.#suspect) await this.#openAnew()
      await this.#room.provide(this.#sizeAfter(operations))
      await this.#lmdb.batch(() => {
        for (const { key, value } of operations) {
          // Answered by the promise of the batch; these promises of the library are always the same resolved one.
          void (value === undefined ? this.#lmdb.remove(key) : this.#lmdb.put(key, value))
        }
      })
    } catch (error) {
      const cause = await realCause(error)
      // Numbers are LMDB's errors; the operating system's have names.
      this.#suspect ||= cause instanceof Error && 'code' in cause && typeof cause.code === 'number'
      throw new SavingError(`${this.file} cannot be written: ${withRemedy(cause)}`, { cause })
    }
  }

  async close(): Promise<void> {
    for (const snapshot of this.#snapshots) snapshot.letGo()
    await this.#lmdb.close()
    await this.#room.close()
  }

  /** How large, in bytes, the file can be after these operations at most, if LMDB writes every page anew and reuses none. */
  #sizeAfter(operations: readonly Operation[]): number {
    const statistics = { ...STATISTICS, ...this.#lmdb.getStats() }
    const { pageSize, lastPageNumber, treeBranchPageCount, treeLeafPageCount } = statistics
    let bytes = 0
    for (const { key, value } of operations) bytes += key.length + (value?.length ?? 0) + NODE
    // Every leaf that is there may be copied and split; after that a page is split again only when a third of one was added to it.
    const leaves = 2 * Math.min(operations.length, treeLeafPageCount) + Math.ceil((3 * bytes) / pageSize)
    const pages = lastPageNumber + 1 + treeBranchPageCount + leaves + PAGES_BESIDE
    return pages * pageSize
  }

  async #openAnew(): Promise<void> {
    for (const snapshot of this.#snapshots) snapshot.letGo()
    await this.#lmdb.close()
    this.#lmdb = this.#open()
    this.#suspect = false
  }
}

/** The library rejects with a general error, whose `commitError` is a promise that rejects with the real one. */
async function realCause(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error
  try {
    await error.commitError
    return error
  } catch (real) {
    return real
  }
}
