// Whether a database is one of presence, in a format that this version reads; a new one is made so.
import { randomUUID } from 'node:crypto'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FatalError } from '../core/errors.ts'
import { type Database, RESTORE } from './database.ts'
import { FORMAT_KEY, START } from './entry-keys.ts'

/** The newest format that this version reads, and the one that it writes. */
const FORMAT = 1

/**
 * The epoch of the database: a random name made with it, since versions of different ones can't be compared. Throws FatalError when
 * the database is something else, or newer, and then has changed nothing.
 */
export async function epochOf(database: Database): Promise<string> {
  const bytes = database.get(FORMAT_KEY)
  if (bytes === undefined) return create(database)
  const { file } = database
  const { format, epoch } = parse(bytes)
  if (typeof format === 'number' && format > FORMAT) {
    throw new FatalError(
      `the presence database ${file} has format ${format}, made by a newer version; this one reads up to ${FORMAT}: ` +
        'install that version again, or move the file away to begin without saved presence',
    )
  }
  if (format !== FORMAT || typeof epoch !== 'string') {
    throw new FatalError(`the presence database ${file} has a damaged format entry; ${RESTORE}`)
  }
  return epoch
}

function parse(bytes: Buffer): { readonly format?: unknown; readonly epoch?: unknown } {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

async function create(database: Database): Promise<string> {
  const { file } = database
  for (const _ of database.keys({ start: START, end: Buffer.from([0xff]) }, 1)) {
    throw new FatalError(
      `${file} is a database, but not one of presence; move it away, or set data_path to another folder`,
    )
  }
  const epoch = randomUUID()
  await database.write([{ key: FORMAT_KEY, value: Buffer.from(JSON.stringify({ format: FORMAT, epoch })) }])
  // The file's name must survive a power cut as well as what is in it.
  const folder = await open(dirname(file), 'r')
  await folder.sync().finally(() => folder.close())
  return epoch
}
