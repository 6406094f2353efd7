// One-time codes for links to the board: kept as hashes, in the store, so that they work on every node, and once on all of them.
import { createHmac, randomBytes } from 'node:crypto'
import { GROUPS, type OneTimeNotes, PLACES, type Place } from '../../core/one-time-notes.ts'
import type { TokenVerifier } from '../../core/tokens.ts'
import { foldUserId } from '../../core/user-id.ts'

/** How long a code can be used, in milliseconds. */
export const CODE_LIFETIME = 10 * 60_000

/** Of a code: first where it is kept, then what nobody can guess. */
const PLACE_BYTES = 3
const BYTES = 32

interface Note {
  readonly hash: string
  /** Null: for reading only. */
  readonly userId: string | null
}

export interface CodeParts {
  readonly tokens: Pick<TokenVerifier, 'keysFor'>
  readonly notes: Pick<OneTimeNotes, 'leave' | 'take'>
}

export class Codes {
  readonly #parts: CodeParts

  constructor(parts: CodeParts) {
    this.#parts = parts
  }

  /**
   * A code that opens the board once, for this user or (null) for reading only. Of one user ten can be open at once; a new one takes the place of the
   * oldest. Rejects with SavingError.
   */
  async make(userId: string | null): Promise<string> {
    let code = ''
    await this.#parts.notes.leave(this.#groupOf(userId), CODE_LIFETIME, (at) => {
      code = Buffer.concat([bytesOf(at), randomBytes(BYTES)]).toString('base64url')
      const [hash = ''] = this.#hashes(code)
      return JSON.stringify({ hash, userId } satisfies Note)
    })
    return code
  }

  /** For whom the code is, which is of no use from now on; undefined when it never was, or not any more. Rejects with SavingError. */
  async take(code: string): Promise<{ readonly userId: string | null } | undefined> {
    const at = placeIn(code)
    if (at === undefined) return undefined
    const hashes = this.#hashes(code)
    const text = await this.#parts.notes.take(at, (kept) => {
      const note = noteOf(kept)
      return note !== undefined && hashes.includes(note.hash)
    })
    return text === undefined ? undefined : noteOf(text)
  }

  /** Nobody can tell from a group whose it is. */
  #groupOf(userId: string | null): number {
    const [key = Buffer.alloc(0)] = this.#parts.tokens.keysFor('board code')
    const owner = JSON.stringify([userId === null ? null : foldUserId(userId)])
    return createHmac('sha256', key).update(owner).digest().readUInt32BE(0) % GROUPS
  }

  /** Under the key of each secret in force, so that a code ends with the secret of its time. */
  #hashes(code: string): readonly string[] {
    return this.#parts.tokens
      .keysFor('board code')
      .map((key) => createHmac('sha256', key).update(code).digest('base64'))
  }
}

function bytesOf({ group, place }: Place): Buffer {
  const bytes = Buffer.alloc(PLACE_BYTES)
  bytes.writeUInt16BE(group, 0)
  bytes.writeUInt8(place, 2)
  return bytes
}

function placeIn(code: string): Place | undefined {
  const bytes = Buffer.from(code, 'base64url')
  if (bytes.length !== PLACE_BYTES + BYTES || bytes.toString('base64url') !== code) return undefined
  const at = { group: bytes.readUInt16BE(0), place: bytes.readUInt8(2) }
  return at.group < GROUPS && at.place < PLACES ? at : undefined
}

/** Undefined for what no daemon has written. */
function noteOf(text: string): Note | undefined {
  try {
    const note = JSON.parse(text) as Partial<Note> | null
    const isOurs = typeof note?.hash === 'string' && (note.userId === null || typeof note.userId === 'string')
    return isOurs ? (note as Note) : undefined
  } catch {
    return undefined
  }
}
