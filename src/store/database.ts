// The LMDB database of the embedded store: opened, recognised, or refused with the reason and the remedy.
import { randomUUID } from 'node:crypto'
import { open as openFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RootDatabase } from 'lmdb'
import { FatalError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { usableSize, withRemedy } from './data-folder.ts'
import { FORMAT_KEY, readKey, START, type StoredKey, writeKey } from './entry-keys.ts'
import { type Decoded, decodeEntry } from './entry-values.ts'
import { damage } from './lmdb-pages.ts'

/** The newest format that this version reads, and the one that it writes. */
const FORMAT = 1

const RESTORE = 'restore it from a backup, or move it away to begin without saved presence'

/** Values are buffers when written, and decoded entries when a range is read. */
export type Database = RootDatabase<Buffer | Decoded, StoredKey>

export interface Opened {
  readonly database: Database
  /** Made with the database, and never changed. */
  readonly epoch: string
}

/**
 * Opens the database, or makes it. With `sync` a commit waits for the disk; without it, it waits for the pages but not for
 * the root that makes them count: a power cut may then undo the last commit, but never damage the database.
 * Throws FatalError, and then has changed nothing.
 */
export async function openDatabase(folder: string, sync: boolean, log: Log): Promise<Opened> {
  const file = join(folder, 'presence.mdb')
  const size = await usableSize(file)
  if (size === 0) log.warn(`${file} is empty, as after an interrupted first start, and is begun anew`)
  if (size !== undefined && size > 0) {
    const mistake = await damage(file)
    if (mistake !== undefined) throw new FatalError(`the presence database ${file} ${mistake}; ${RESTORE}`)
  }
  const { open } = await import('lmdb')
  let database: Database
  try {
    database = open({
      path: file,
      noSubdir: true,
      keyEncoder: { writeKey, readKey },
      // Values are made by hand.
      encoder: { encode: (value: Buffer) => value, decode: decodeEntry },
      // LMDB's own way to commit. It resolves a write after its flush and tells a failed one; the overlapping one of this library
      // leaves a failed flush unanswered.
      overlappingSync: false,
      noMetaSync: !sync,
      ...{ permissionsMode: 0o600 },
    })
  } catch (error) {
    throw new FatalError(`cannot open the presence database ${file}: ${withRemedy(error)}`, { cause: error })
  }
  try {
    return { database, epoch: readEpoch(database, file) ?? (await create(database, folder)) }
  } catch (error) {
    await database.close()
    if (error instanceof FatalError) throw error
    throw new FatalError(`cannot use the presence database ${file}: ${withRemedy(error)}`, { cause: error })
  }
}

/** The epoch of a database in a format that this version reads; undefined when the database is new. */
function readEpoch(database: Database, file: string): string | undefined {
  const bytes = database.getBinary(FORMAT_KEY)
  if (bytes === undefined) {
    if (database.getKeysCount({ start: START, limit: 1 }) === 0) return undefined
    throw new FatalError(
      `${file} is a database, but not one of presence; move it away, or set data_path to another folder`,
    )
  }
  const { format, epoch } = parseFormat(bytes)
  if (typeof format === 'number' && format > FORMAT) {
    throw new FatalError(
      `the presence database ${file} has format ${format}, made by a newer version; this one reads up to ${FORMAT}. ` +
        'Install that version again, or move the file away to begin without saved presence',
    )
  }
  if (format !== FORMAT || typeof epoch !== 'string') {
    throw new FatalError(`the presence database ${file} has a damaged format entry; ${RESTORE}`)
  }
  return epoch
}

function parseFormat(bytes: Buffer): { readonly format?: unknown; readonly epoch?: unknown } {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

async function create(database: Database, folder: string): Promise<string> {
  const epoch = randomUUID()
  await database.put(FORMAT_KEY, Buffer.from(JSON.stringify({ format: FORMAT, epoch })))
  // The file's name must survive a power cut as well as what is in it.
  const handle = await openFile(folder, 'r')
  await handle.sync().finally(() => handle.close())
  return epoch
}

/** What a failed write or commit means, in words. */
export async function commitFailure(error: unknown): Promise<{ readonly text: string; readonly lasting: boolean }> {
  // The library rejects with a general error whose `commitError` is a promise that rejects with the real one.
  const pending = error instanceof Error && 'commitError' in error ? error.commitError : undefined
  const cause: unknown = await Promise.resolve(pending).then(
    () => error,
    (real: unknown) => real,
  )
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return { text: withRemedy(cause), lasting: !(typeof code === 'number' && FULL.has(code)) }
}

/** Errors that pass once there is room: EFBIG, ENOSPC, EDQUOT. */
const FULL: ReadonlySet<number> = new Set([27, 28, 122])
