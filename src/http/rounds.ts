// The rounds in which open streams tell what has changed: all that were woken in one turn of the loop, in slices, with one text per change.
import type { Told } from '../core/watchers.ts'
import type { Positions } from './positions.ts'

/** How many streams tell before others get their turn: each may cost a write to its socket. */
const SLICE = 200

/** A stream that has something to tell. */
export interface Teller {
  tell(): void
  /** It threw, which is its own affair. */
  fail(error: unknown): void
}

/**
 * A change of somebody whom many watch wakes all their streams at once, and all of them tell the same: its event is made once in a
 * slice. Nothing is kept beyond that: whoever tells later, since its reader is slow, tells what is known then.
 */
export class Rounds {
  #woken: Teller[] = []
  #scheduled = false
  /** By how they tell where they stand. */
  readonly #events = new Map<Positions, Map<Told, string>>()

  /** Has the stream tell soon: after all that happens in this turn, so that a group of changes leaves in one write. */
  wake(stream: Teller): void {
    this.#woken.push(stream)
    this.#schedule()
  }

  /** The event of a change, made by the first who asks in this slice. */
  eventOf(change: Told, positions: Positions, make: () => string): string {
    let events = this.#events.get(positions)
    if (events === undefined) {
      events = new Map()
      this.#events.set(positions, events)
    }
    const ready = events.get(change)
    if (ready !== undefined) return ready
    const event = make()
    events.set(change, event)
    return event
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      const slice = this.#woken.slice(0, SLICE)
      this.#woken = this.#woken.slice(SLICE)
      for (const stream of slice) tell(stream)
      this.#events.clear()
      if (this.#woken.length > 0) this.#schedule()
    })
  }
}

function tell(stream: Teller): void {
  try {
    stream.tell()
  } catch (error) {
    stream.fail(error)
  }
}
