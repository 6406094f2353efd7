// What is saved from time to time: when each collector was last seen, how far the wall clock has moved, whom to forget.
import type { Cancel, Clock } from './clock.ts'
import { reason } from './errors.ts'
import type { Log } from './log.ts'
import type { SaveQueue } from './save-queue.ts'
import type { CollectorSource } from './sessions.ts'
import type { PresenceStore } from './store.ts'
import type { UserRecord, UserTable } from './user-table.ts'
import { inSlices } from './walk.ts'

/** How often a connected collector is noted as seen: the grace after a crash can be this much too long. Milliseconds. */
export const SIGN_OF_LIFE_INTERVAL = 10_000
/** How often forgotten users are looked for, in milliseconds. */
export const FORGET_INTERVAL = 3_600_000

const CLOCK_RECORD = 'clock'

export interface LifeOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly log: Log
  readonly table: UserTable
  readonly queue: SaveQueue
  readonly collectors: () => Iterable<CollectorSource>
  /** Milliseconds without a word after which a user is forgotten; undefined: never. */
  readonly forgetAfter: () => number | undefined
}

export class SignsOfLife {
  readonly #options: LifeOptions
  #savedOffset: number
  #beat: Cancel | undefined
  #forgetting: Cancel | undefined
  #closed = false

  constructor(options: LifeOptions) {
    this.#options = options
    this.#savedOffset = options.clock.lead()
  }

  start(): void {
    this.#scheduleBeat()
    this.#scheduleForgetting()
  }

  /** Saves everything a last time. */
  async close(): Promise<void> {
    this.#closed = true
    this.#beat?.()
    this.#forgetting?.()
    await this.#save()
  }

  #scheduleBeat(): void {
    this.#beat = this.#options.clock.after(SIGN_OF_LIFE_INTERVAL, () => {
      void this.#save().finally(() => {
        if (!this.#closed) this.#scheduleBeat()
      })
    })
  }

  #scheduleForgetting(): void {
    this.#forgetting = this.#options.clock.after(FORGET_INTERVAL, () => {
      void this.#forget().finally(() => {
        if (!this.#closed) this.#scheduleForgetting()
      })
    })
  }

  async #save(): Promise<void> {
    const { store, clock, log, collectors } = this.#options
    for (const collector of collectors()) {
      if (collector.standing.session !== undefined) await collector.saveStanding()
    }
    const offset = clock.lead()
    if (offset === this.#savedOffset) return
    try {
      await store.saveRecord(CLOCK_RECORD, offset)
      this.#savedOffset = offset
    } catch (error) {
      log.debug(`could not save how far the wall clock has moved: ${reason(error)}`)
    }
  }

  /** Withdraws everything that is said of users whom no source has mentioned for long. */
  async #forget(): Promise<void> {
    const { clock, table, queue, forgetAfter, log } = this.#options
    const limit = forgetAfter()
    if (limit === undefined) return
    const now = clock.now()
    let forgotten = 0
    await inSlices(table, (user) => {
      if (user.slots.some((slot) => this.#speaksStill(slot) || slot.presence.updated > now - limit))
        return !this.#closed
      forgotten += 1
      withdrawAll(user, queue, now)
      return !this.#closed
    })
    if (forgotten > 0) log.info(`forgot ${forgotten} users of whom no source has said anything for long`)
  }

  /** A connected collector goes on saying what it said, even if nothing changes for months. */
  #speaksStill({ source, session }: UserRecord['slots'][number]): boolean {
    for (const { name, standing } of this.#options.collectors()) if (name === source) return !standing.isStale(session)
    return false
  }
}

function withdrawAll(user: UserRecord, queue: SaveQueue, at: number): void {
  for (const { source, session, version } of user.slots) {
    queue.add({ userId: user.userId, source, publication: undefined, at, session, ifVersion: version })
  }
}

/**
 * How far the wall clock was ahead of the daemon's clock when the daemon last looked, in milliseconds. The clock of the next
 * run starts with the same distance, so that a wall clock that was set while the daemon ran shifts no deadline.
 */
export function savedClockOffset(records: ReadonlyMap<string, unknown>): number {
  const offset = records.get(CLOCK_RECORD)
  return typeof offset === 'number' && Number.isFinite(offset) ? offset : 0
}
