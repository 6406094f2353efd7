// How many users there are of each combined status: counted in slices, and not more often than it may cost.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../core/clock.ts'
import { STATUSES, type Status } from '../../core/presence.ts'
import type { PresenceFace } from '../face.ts'

export type StatusCounts = ReadonlyMap<Status, number>

/** How many users are looked at before others get their turn. */
const SLICE = 500
/** How long a scrape waits for a new count before it takes the last one, and how long for the first one, in milliseconds. */
const PATIENCE = 250
const FIRST_PATIENCE = 5_000
/** So many times as long as a count took nothing is counted again: it takes at most a twentieth of the processor. */
const REST = 20

export class UserCount {
  readonly #service: Pick<PresenceFace, 'page' | 'read'>
  readonly #clock: Clock
  #last: StatusCounts | undefined
  #restUntil = Number.NEGATIVE_INFINITY
  #counting: Promise<void> | undefined

  constructor(service: Pick<PresenceFace, 'page' | 'read'>, clock: Clock) {
    this.#service = service
    this.#clock = clock
  }

  /** The newest count that can be had soon; undefined while the first one takes too long. */
  async counts(): Promise<StatusCounts | undefined> {
    if (this.#counting === undefined && this.#clock.now() >= this.#restUntil) {
      this.#counting = this.#count().finally(() => {
        this.#counting = undefined
      })
    }
    if (this.#counting !== undefined) await this.#soon(this.#counting)
    return this.#last
  }

  async #count(): Promise<void> {
    const began = this.#clock.now()
    const counts = new Map<Status, number>(STATUSES.map((status) => [status, 0]))
    let cursor: string | undefined
    do {
      const { users, nextCursor } = this.#service.page({ limit: SLICE, ...(cursor !== undefined && { cursor }) })
      for (const userId of users) {
        const { status } = this.#service.read(userId).combined
        counts.set(status, (counts.get(status) ?? 0) + 1)
      }
      cursor = nextCursor
      if (cursor !== undefined) await nextTurn()
    } while (cursor !== undefined)
    this.#last = counts
    this.#restUntil = this.#clock.now() + REST * (this.#clock.now() - began)
  }

  async #soon(counting: Promise<void>): Promise<void> {
    let cancel = (): void => {}
    const late = new Promise<void>((resolve) => {
      cancel = this.#clock.after(this.#last === undefined ? FIRST_PATIENCE : PATIENCE, resolve)
    })
    await Promise.race([counting, late])
    cancel()
  }
}
