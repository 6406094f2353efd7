// Follows what other nodes save, and after a gap finds out what was missed, while reads go on.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Applying } from './applying.ts'
import type { Cancel, Clock } from './clock.ts'
import { Comparison } from './comparison.ts'
import { reason } from './errors.ts'
import type { Log } from './log.ts'
import type { SaveQueue } from './save-queue.ts'
import type { Entry, Follower, PresenceStore } from './store.ts'
import type { UserTable } from './user-table.ts'
import { inSlices } from './walk.ts'
import type { Watching } from './watching.ts'

export interface FollowingParts {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly log: Log
  readonly table: UserTable
  readonly queue: SaveQueue
  readonly applying: Applying
  readonly watching: Watching
  /** Another node has saved a record, or it was found in the store. */
  recordTold(name: string, value: unknown): void
}

/** How long after a failed load the next one begins, unless the store can be reached again before, in milliseconds. */
const RETRY = 1_000
/** How much of what the store has lost is saved again at once. */
const SLICE = 1_000

export class Following implements Follower {
  readonly #parts: FollowingParts
  /** Of the store whose versions the table has. */
  #epoch: string
  /** Since something was missed until everything was compared. */
  #comparing = false
  #missedAgain = false
  #isAnother = false
  #work: Promise<void> = Promise.resolve()
  #pause: (() => void) | undefined
  #closed = false

  constructor(parts: FollowingParts) {
    this.#parts = parts
    this.#epoch = parts.store.epoch
  }

  /** Whether everything is known that other nodes have saved, but for what is on its way. */
  get isComplete(): boolean {
    return !this.#comparing
  }

  /** Everything was loaded for the first time. */
  loaded(): void {
    if (!this.#parts.store.shared) return
    this.#parts.watching.begunAnew()
    if (this.#parts.store.epoch !== this.#epoch) this.gap('the store has become another one while it was loaded')
  }

  changed(entries: readonly Entry[], position: readonly number[]): void {
    const { applying, watching, log } = this.#parts
    for (const entry of entries) {
      try {
        applying.told(entry)
      } catch (error) {
        log.error(
          `what another node has saved could not be taken over: ${reason(error)}; please report this as a defect`,
        )
      }
    }
    // What this position counts may not be here yet while everything is compared.
    if (!this.#comparing) watching.reached(position)
  }

  record(name: string, value: unknown): void {
    this.#parts.recordTold(name, value)
  }

  gap(why: string): void {
    this.#parts.log.debug(`following other nodes: ${why}`)
    this.#parts.applying.missed()
    this.#parts.table.absent.clear()
    this.#missedAgain = true
    if (this.#comparing || this.#closed) return
    this.#comparing = true
    this.#work = this.#catchUp()
  }

  available(connected: boolean): void {
    if (!connected) return
    this.#parts.queue.retry()
    this.#pause?.()
  }

  /** Resolves when nothing is being loaded, or the store has to be waited for. */
  async idle(): Promise<void> {
    while (this.#comparing && this.#pause === undefined) await Promise.race([this.#work, nextTurn()])
  }

  close(): void {
    this.#closed = true
    this.#pause?.()
  }

  async #catchUp(): Promise<void> {
    while (this.#missedAgain && !this.#closed) {
      this.#missedAgain = false
      try {
        await this.#compare()
      } catch (error) {
        this.#missedAgain = true
        this.#parts.log.debug(`could not load everything anew: ${reason(error)}; it is tried again`)
        await this.#waitToRetry()
      }
    }
    this.#comparing = false
  }

  /** Loads everything beside what is shown. Whatever is newer counts at once; then goes what is not there any more. */
  async #compare(): Promise<void> {
    const { store, applying, watching, log } = this.#parts
    if (store.epoch !== this.#epoch) {
      this.#epoch = store.epoch
      this.#isAnother = true
      await this.#loseAll()
    }
    const comparison = new Comparison()
    applying.comparison = comparison
    try {
      for await (const entry of store.load()) applying.told(entry)
      if (store.epoch !== this.#epoch) throw new Error('the store has become another one meanwhile')
      if (!this.#isAnother) await this.#sweep(comparison, store.position)
    } finally {
      applying.comparison = undefined
      applying.missed()
    }
    if (this.#isAnother) watching.begunAnew()
    else watching.loadedAnew(store.position)
    this.#isAnother = false
    const { size } = applying.lost
    if (size > 0)
      log.warn(
        `the store has lost ${size} entries that are known here; they are saved again. Find out why: was it emptied, or does it keep nothing on its disk?`,
      )
    void this.#saveLost()
  }

  /** Nothing is known to be in the store any more. */
  async #loseAll(): Promise<void> {
    const { table, applying } = this.#parts
    await inSlices(table, (user) => {
      user.version = 0
      if (user.mark !== undefined) user.mark = { ...user.mark, version: 0 }
      for (const slot of user.slots) {
        slot.version = 0
        applying.lost.set(slot.place, user.userId)
      }
      return !this.#closed
    })
  }

  async #sweep(comparison: Comparison, position: readonly number[]): Promise<void> {
    const { store, table, applying } = this.#parts
    await inSlices(table, ({ userId, slots }) => {
      for (const slot of slots) {
        const older = comparison.olderVersion(slot)
        if (older !== undefined) {
          slot.version = older
          applying.lost.set(slot.place, userId)
        } else if (comparison.has(slot) || applying.lost.has(slot.place)) continue
        else if (store.hasLost(userId, slot.version)) {
          slot.version = 0
          applying.lost.set(slot.place, userId)
        } else {
          applying.vanished(userId, slot.source, position[store.shardOf(userId)] ?? 0)
        }
      }
      return !this.#closed
    })
  }

  /** Saves what the store has lost. Other nodes do the same: whoever has the newest wins, and what is published meanwhile. */
  async #saveLost(): Promise<void> {
    const { applying, queue, clock, table } = this.#parts
    const some = [...applying.lost]
    for (let start = 0; start < some.length && !this.#closed; start += SLICE) {
      const slice = some.slice(start, start + SLICE)
      await new Promise<void>((resolve) => {
        let left = slice.length
        const saved = (): void => {
          left -= 1
          if (left === 0) resolve()
        }
        for (const [place, userId] of slice) {
          const { slot } = table.at(place) ?? {}
          if (slot === undefined || applying.lost.get(place) !== userId) {
            saved()
            continue
          }
          const { source, session } = slot
          const intent = { userId, source, publication: undefined, at: clock.now(), session, ifVersion: 0, again: true }
          queue.add(intent, { saved, fenced: saved })
        }
      })
    }
  }

  async #waitToRetry(): Promise<void> {
    const { clock } = this.#parts
    if (this.#closed) return
    let cancel: Cancel = () => {}
    await new Promise<void>((resolve) => {
      this.#pause = resolve
      cancel = clock.after(RETRY, resolve)
    })
    cancel()
    this.#pause = undefined
  }
}
