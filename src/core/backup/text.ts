// The text of a backup: a line that says what it is, those of the records and entries, and a last one that proves that nothing is missing.
import { createHash } from 'node:crypto'
import { isNote } from '../one-time-notes.ts'
import type { StandingRecord } from '../standing.ts'
import type { Entry } from '../store.ts'
import { entryLine, isFields, readEntry } from './entry-lines.ts'
import { BackupError } from './errors.ts'
import { isRecordLine, readRecord, recordLine } from './record-lines.ts'

/** The newest format that this version reads, and the one that it writes. */
export const BACKUP_VERSION = 1

const FORMAT = 'kopano-presence backup'
/** How much is given out at once, in UTF-16 units. */
const PIECE = 64 * 1024
/** Longer than any line can be: a user's 32 sessions with the longest messages. In bytes. */
const LONGEST_LINE = 8 * 1024 * 1024
const NEWLINE = 10

export interface BackupFacts {
  /** When it was made, epoch milliseconds of the wall clock. */
  readonly made: number
  /** Of the store that it was made of. */
  readonly epoch: string
  /** About how many entries it has, where that was known when it was begun. */
  readonly about?: number | undefined
}

/** What a store keeps beside the entries, as `records` of it gives them; those that mean nothing elsewhere stay out. */
export type Records = ReadonlyMap<string, unknown>

/** The text, piece by piece. Times in it are the store's plus `lead`. */
export async function* backupText(
  entries: AsyncIterable<Entry>,
  { made, epoch, about }: BackupFacts,
  lead: number,
  records: Records = new Map(),
): AsyncGenerator<string> {
  const hash = createHash('sha256')
  let count = 0
  const header = { format: FORMAT, version: BACKUP_VERSION, made: new Date(made).toISOString(), epoch, about }
  let piece = `${JSON.stringify(header)}\n`
  for (const [name, value] of records) {
    const line = recordLine(name, value, lead)
    if (line !== undefined) piece += `${line}\n`
  }
  for await (const entry of entries) {
    if (isNote(entry)) continue
    piece += `${entryLine(entry, lead)}\n`
    count += 1
    if (piece.length < PIECE) continue
    hash.update(piece)
    yield piece
    piece = ''
  }
  hash.update(piece)
  yield `${piece}${JSON.stringify({ entries: count, sha256: hash.digest('hex') })}\n`
}

/** Reads such a text once, and finds whatever is wrong with it. */
export class BackupReader {
  /** Known from the first entry on. */
  facts: BackupFacts = { made: 0, epoch: '' }
  /** When each source was seen last, by its name: those of the lines that were read. */
  readonly standings = new Map<string, StandingRecord>()
  #hash = createHash('sha256')
  #line = 0
  #entries = 0
  #complete = false

  /**
   * The entries, with times of a clock that is `lead` milliseconds behind the wall's. Throws BackupError when it is no backup or damaged, which may
   * come out at the very end only: who must not act on half of one reads it twice.
   */
  async *entries(bytes: AsyncIterable<Uint8Array>, lead: number): AsyncGenerator<Entry> {
    for await (const line of linesOf(bytes)) {
      this.#line += 1
      const entry = this.#read(line, lead)
      if (entry !== undefined) yield entry
    }
    if (this.#line === 0) throw new BackupError('The backup is empty; use another one.')
    if (!this.#complete) throw new BackupError('The backup is cut off: its last line is missing; use another one.')
  }

  #read(line: Buffer, lead: number): Entry | undefined {
    if (this.#complete) throw new BackupError('The backup goes on after its last line; use another one.')
    const fields = this.#fieldsOf(line)
    if (this.#line === 1) this.facts = headerOf(fields)
    else if ('sha256' in fields) {
      this.#end(fields.entries, fields.sha256)
      return undefined
    }
    this.#hash.update(line).update('\n')
    if (this.#line === 1) return undefined
    try {
      if (isRecordLine(fields)) {
        const [source, standing] = readRecord(fields, lead)
        this.standings.set(source, standing)
        return undefined
      }
      this.#entries += 1
      return readEntry(fields, lead)
    } catch (error) {
      throw error instanceof BackupError ? this.#damaged(error.message) : error
    }
  }

  #fieldsOf(line: Buffer): Readonly<Record<string, unknown>> {
    let value: unknown
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line))
    } catch {
      value = undefined
    }
    if (isFields(value)) return value
    throw this.#line === 1 ? notOne() : this.#damaged('it is not a JSON object')
  }

  #end(entries: unknown, sha256: unknown): void {
    if (entries !== this.#entries || sha256 !== this.#hash.digest('hex')) {
      throw new BackupError('The backup is damaged: its checksum is another one than it should be; use another one.')
    }
    this.#complete = true
  }

  #damaged(how: string): BackupError {
    return new BackupError(`The backup is damaged or cut off in line ${this.#line}: ${how}; use another one.`)
  }
}

function headerOf({ format, version, made, epoch, about }: Readonly<Record<string, unknown>>): BackupFacts {
  if (format !== FORMAT) throw notOne()
  if (typeof version === 'number' && version > BACKUP_VERSION) {
    throw new BackupError(
      `The backup has format ${version}, made by a newer version; this one reads up to ${BACKUP_VERSION}: install that version first.`,
    )
  }
  const time = typeof made === 'string' ? Date.parse(made) : Number.NaN
  if (version !== BACKUP_VERSION || Number.isNaN(time) || typeof epoch !== 'string') {
    throw new BackupError('The backup is damaged in its first line; use another one.')
  }
  return { made: time, epoch, about: typeof about === 'number' && about > 0 ? about : undefined }
}

function notOne(): BackupError {
  return new BackupError('That is no backup of kopano-presence.')
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of bytes) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)])
      parts = []
      length = 0
      start = end + 1
    }
    parts.push(chunk.subarray(start))
    length += chunk.length - start
    if (length > LONGEST_LINE) throw notOne()
  }
  if (length > 0) yield Buffer.concat(parts)
}
