// One-time codes for links to the board: kept as hashes, in memory, for ten minutes.
import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { TokenVerifier } from '../../core/tokens.ts'
import { foldUserId } from '../../core/user-id.ts'

/** How long a code can be used, in milliseconds. */
export const CODE_LIFETIME = 10 * 60_000

/** So many can be open at once, of one user and in all; a new one takes the place of the oldest. */
const USER_LIMIT = 10
const LIMIT = 10_000

const BYTES = 32

interface Kept {
  /** Null: for reading only. */
  readonly userId: string | null
  /** The same, folded. */
  readonly owner: string | null
  /** By the daemon's clock. */
  readonly expires: number
}

export interface CodeParts {
  readonly tokens: Pick<TokenVerifier, 'keysFor'>
  readonly clock: Pick<Clock, 'now'>
}

export class Codes {
  readonly #parts: CodeParts
  /** By the code's hash, the oldest first. */
  readonly #kept = new Map<string, Kept>()
  /** How many each owner has. */
  readonly #counts = new Map<string | null, number>()

  constructor(parts: CodeParts) {
    this.#parts = parts
  }

  /** A code that opens the board once, for this user or (null) for reading only. */
  make(userId: string | null): string {
    const owner = userId === null ? null : foldUserId(userId)
    this.#makeRoom(owner)
    const code = randomBytes(BYTES).toString('base64url')
    const [hash = ''] = this.#hashes(code)
    this.#kept.set(hash, { userId, owner, expires: this.#parts.clock.now() + CODE_LIFETIME })
    this.#counts.set(owner, this.#countOf(owner) + 1)
    return code
  }

  /** For whom the code is, which is of no use from now on; undefined when it never was, or not any more. */
  take(code: string): { readonly userId: string | null } | undefined {
    for (const hash of this.#hashes(code)) {
      const kept = this.#kept.get(hash)
      if (kept === undefined) continue
      this.#remove(hash, kept)
      return kept.expires > this.#parts.clock.now() ? kept : undefined
    }
    return undefined
  }

  get size(): number {
    return this.#kept.size
  }

  /** Forgets what has expired, and what is too much with one more of this owner. */
  #makeRoom(owner: string | null): void {
    const now = this.#parts.clock.now()
    for (const [hash, kept] of this.#kept) {
      if (kept.expires > now && this.#kept.size < LIMIT) break
      this.#remove(hash, kept)
    }
    if (this.#countOf(owner) < USER_LIMIT) return
    for (const [hash, kept] of this.#kept) {
      if (kept.owner !== owner) continue
      this.#remove(hash, kept)
      break
    }
  }

  #remove(hash: string, { owner }: Kept): void {
    this.#kept.delete(hash)
    const left = this.#countOf(owner) - 1
    if (left === 0) this.#counts.delete(owner)
    else this.#counts.set(owner, left)
  }

  #countOf(owner: string | null): number {
    return this.#counts.get(owner) ?? 0
  }

  /** Under the key of each secret in force, so that a code ends with the secret of its time. */
  #hashes(code: string): readonly string[] {
    return this.#parts.tokens
      .keysFor('board code')
      .map((key) => createHmac('sha256', key).update(code).digest('base64'))
  }
}
