// What is saved from time to time: when each collector was last seen, how far the wall clock has moved, whom to forget.
import type { Cancel, Clock } from './clock.ts'
import { reason } from './errors.ts'
import type { Log } from './log.ts'
import type { SaveQueue } from './save-queue.ts'
import { type Boot, clockRecord, clockRecordName, listeningSince } from './saved-clock.ts'
import type { CollectorSource } from './sessions.ts'
import type { PresenceStore } from './store.ts'
import type { UserRecord, UserTable } from './user-table.ts'
import { inSlices } from './walk.ts'

/** How often a connected collector is noted as seen: the grace after a crash can be this much too long. Milliseconds. */
export const SIGN_OF_LIFE_INTERVAL = 10_000
/** How often forgotten users are looked for, in milliseconds. */
export const FORGET_INTERVAL = 3_600_000

export interface LifeOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly log: Log
  readonly table: UserTable
  readonly queue: SaveQueue
  readonly collectors: () => Iterable<CollectorSource>
  /** Milliseconds without a word after which a user is forgotten; undefined: never. */
  readonly forgetAfter: () => number | undefined
  readonly boot: (() => Boot | undefined) | undefined
  /** What an earlier run has saved. */
  readonly records: ReadonlyMap<string, unknown>
  /** Whether this node does what only one has to do. */
  isInCharge(): boolean
}

export class SignsOfLife {
  readonly #options: LifeOptions
  readonly #record: string
  readonly #listening: number
  #savedOffset: number
  #beat: Cancel | undefined
  #forgetting: Cancel | undefined
  #closed = false

  constructor(options: LifeOptions) {
    this.#options = options
    this.#savedOffset = options.clock.lead()
    this.#record = clockRecordName(options.store.shared)
    this.#listening = listeningSince(options.records, options.clock.now(), this.#record)
  }

  /** The clock is saved at once, so that a crash leaves no more to guess than a stop does. */
  async start(): Promise<void> {
    if (this.#options.boot !== undefined) await this.#saveClock()
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
      void Promise.all([this.#forget(), this.#saveClock()]).finally(() => {
        if (!this.#closed) this.#scheduleForgetting()
      })
    })
  }

  async #save(): Promise<void> {
    for (const collector of this.#options.collectors()) {
      if (collector.hasSignOfLife) await collector.saveStanding()
    }
    if (this.#options.clock.lead() !== this.#savedOffset) await this.#saveClock()
  }

  async #saveClock(): Promise<void> {
    const { store, clock, log, boot } = this.#options
    try {
      const record = clockRecord(clock, boot?.(), this.#listening)
      await store.saveRecord(this.#record, record)
      this.#savedOffset = record.lead
    } catch (error) {
      log.debug(`could not save how far the wall clock has moved: ${reason(error)}`)
    }
  }

  /** Withdraws everything that is said of users whom no source has mentioned for long. */
  async #forget(): Promise<void> {
    const { clock, table, queue, forgetAfter, log } = this.#options
    const limit = forgetAfter()
    if (limit === undefined || !this.#options.isInCharge()) return
    const now = clock.now()
    if (this.#listening > now - limit) return
    let forgotten = 0
    await inSlices(table, (user) => {
      if (user.slots.some((slot) => this.#speaksStill(slot) || slot.updated > now - limit)) return !this.#closed
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
