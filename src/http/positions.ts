// Where a reader stands (a cursor, the id of an event), as clients are told it: plain, or sealed so that it tells nobody anything.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { TokenVerifier } from '../core/tokens.ts'

/** How positions are told, and read again when a client comes back with one. */
export interface Positions {
  /** Of a short text of printable ASCII without spaces. */
  tell(position: string): string
  /** Undefined when it was not told so. */
  read(told: string): string | undefined
}

/** For whoever may see everybody. */
export const PLAIN_POSITIONS: Positions = { tell: (position) => position, read: (told) => told }

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16
/** Positions are filled up to the first that holds them, or a multiple of the last, so that their lengths tell nothing either. */
const BLOCKS = [64, 256]

/**
 * For whoever may see some users only: positions count all users and all changes, and so would tell of the others. They are encrypted
 * (AES-256-GCM) under a key made from the secret, so they hold on every node, and over a restart, for as long as their secret.
 */
export class SealedPositions implements Positions {
  readonly #tokens: Pick<TokenVerifier, 'keysFor'>
  #keys: readonly Buffer[] = []

  constructor(tokens: Pick<TokenVerifier, 'keysFor'>) {
    this.#tokens = tokens
    this.renew()
  }

  /** The secrets may have changed. */
  renew(): void {
    this.#keys = this.#tokens.keysFor('positions')
  }

  tell(position: string): string {
    const [key] = this.#keys
    if (key === undefined) throw new TypeError('no secret is in force')
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv(CIPHER, key, nonce)
    const text = position.padEnd(paddedLength(position.length))
    return Buffer.concat([nonce, cipher.update(text, 'latin1'), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    )
  }

  read(told: string): string | undefined {
    const bytes = Buffer.from(told, 'base64url')
    if (bytes.length < NONCE + TAG) return undefined
    for (const key of this.#keys) {
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE), { authTagLength: TAG })
      decipher.setAuthTag(bytes.subarray(-TAG))
      try {
        return `${decipher.update(bytes.subarray(NONCE, -TAG), undefined, 'latin1')}${decipher.final('latin1')}`.trimEnd()
      } catch {}
    }
    return undefined
  }
}

function paddedLength(length: number): number {
  const [short = 0, long = 1] = BLOCKS
  return length <= short ? short : Math.ceil(length / long) * long
}
