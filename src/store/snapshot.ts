// The database as it was at one moment, for whoever reads for longer than a turn of the loop.
import type { RootDatabase, Transaction } from 'lmdb'
import type { StoredKey } from './entry-keys.ts'
import type { Decoded } from './entry-values.ts'

/** Values are written as buffers, and entries are decoded when a range of them is read. */
export type Lmdb = RootDatabase<Buffer | Decoded, StoredKey>

export interface Range {
  readonly start: StoredKey
  readonly end: StoredKey
}

/** Keeps the pages of that moment from being used again, so it has to be let go. */
export class Snapshot {
  readonly #lmdb: Lmdb
  readonly #gone: () => void
  #transaction: Transaction | undefined

  constructor(lmdb: Lmdb, transaction: Transaction, gone: () => void) {
    this.#lmdb = lmdb
    this.#transaction = transaction
    this.#gone = gone
  }

  /** So many entries, in the order of their keys, from after the start to before the end. Throws when the snapshot was let go. */
  entries(range: Range, limit: number): Iterable<{ readonly key: StoredKey; readonly value: Buffer | Decoded }> {
    const transaction = this.#transaction
    if (transaction === undefined) throw new Error('the database was closed, or opened anew, while it was read')
    return this.#lmdb.getRange({ ...range, limit, exclusiveStart: true, transaction })
  }

  /** At once, also when somebody has not read to the end; harmless when it is gone already. */
  letGo(): void {
    this.#transaction?.done()
    this.#transaction = undefined
    this.#gone()
  }
}
