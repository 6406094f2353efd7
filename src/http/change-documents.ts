// The documents of changes: made once for all the streams that tell a change in the same turn of the loop.
import type { Told } from '../core/watchers.ts'

/**
 * A change of somebody whom many watch wakes all their streams at once, and all of them tell the same. Nothing is kept beyond the turn: a
 * stream whose reader is slow tells later, and then what is known at that time.
 */
export class ChangeDocuments {
  readonly #made = new Map<Told, string>()

  /** The document of a change, by the one who asks first. */
  of(change: Told, make: () => string): string {
    const ready = this.#made.get(change)
    if (ready !== undefined) return ready
    const document = make()
    if (this.#made.size === 0) setImmediate(() => this.#made.clear())
    this.#made.set(change, document)
    return document
  }
}
