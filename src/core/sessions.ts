// A collector's connection: confirm whom it sees, settle (sweep the rest), lose (grace).
import type { Clock } from './clock.ts'
import { reason } from './errors.ts'
import type { Log } from './log.ts'
import type { Session } from './plugin.ts'
import { boundedPublication, type Publication } from './presence.ts'
import { excerpt } from './printable.ts'
import type { SaveQueue } from './save-queue.ts'
import type { SourceInfo } from './sources.ts'
import { Standing, type StandingRecord } from './standing.ts'
import type { PresenceStore } from './store.ts'
import { foldUserId, userIdMistake } from './user-id.ts'
import type { UserTable } from './user-table.ts'
import { inSlices } from './walk.ts'

/** So many users of a source may wait for the store before a source that floods loses its session. */
export const FLOOD_LIMIT = 200_000

/** The longest detail that is kept, in code points. */
export const DETAIL_LIMIT = 4_000

/** A session as the host of the plugins holds it. */
export interface OpenSession extends Session {
  /** The run is over: whatever the collector still says is ignored. The words tell why, for `/v1/sources`. */
  end(detail: string): void
}

/** What a collector's sessions share with the service. */
export interface SessionSurroundings {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly log: Log
  readonly table: UserTable
  readonly queue: SaveQueue
  /** The standing has changed: deadlines may have. */
  standingChanged(source: string): void
}

/** One collector, over all its sessions. */
export class CollectorSource {
  readonly name: string
  readonly #around: SessionSurroundings
  readonly standing: Standing

  constructor(name: string, grace: number, saved: unknown, around: SessionSurroundings) {
    this.name = name
    this.#around = around
    this.standing = new Standing(grace, isStandingRecord(saved) ? saved : undefined, around.clock.now())
  }

  info(): SourceInfo {
    const { state, since, sessions, detail } = this.standing
    const users = this.#around.table.count(this.name)
    return { name: this.name, kind: 'collector', state, since, users, sessions, detail }
  }

  /** Saves when the source was last seen, so that its grace counts on over a restart. */
  async saveStanding(): Promise<void> {
    const { store, clock, log } = this.#around
    try {
      await store.saveRecord(`source ${this.name}`, this.standing.record(clock.now()))
    } catch (error) {
      log.debug(`${this.name}: could not save when it was last seen: ${reason(error)}`)
    }
  }

  /** One run of the collector begins; `flooded` is called when it says more than can be saved. */
  open(flooded: () => void): OpenSession {
    const { clock, queue, log } = this.#around
    let over = false
    let number: number | undefined
    const say = (userId: string, publication: Publication | undefined): void => {
      if (over || number === undefined) return
      const mistake = userIdMistake(userId)
      if (mistake !== undefined) {
        log.debug(`${this.name}: a user id ${mistake}; what the source says of that user is ignored`)
        return
      }
      if (queue.lengthOf(this.name) >= FLOOD_LIMIT) {
        flooded()
        return
      }
      const bounded = publication === undefined ? undefined : boundedPublication(publication)
      queue.add({
        userId: foldUserId(userId),
        source: this.name,
        publication: bounded,
        at: clock.now(),
        session: number,
      })
    }
    return {
      connected: (detail) => {
        if (over || number !== undefined) return
        number = this.standing.connected(clock.now())
        this.standing.detail = inWords(detail)
        this.#around.standingChanged(this.name)
        void this.saveStanding()
      },
      publish: say,
      withdraw: (userId) => say(userId, undefined),
      settled: () => {
        if (over || number === undefined) return
        void this.#settle(number)
      },
      detail: (words) => {
        if (!over) this.standing.detail = inWords(words)
      },
      end: (detail) => {
        if (over) return
        over = true
        this.standing.detail = inWords(detail)
        if (number === undefined) return
        this.standing.lost(clock.now())
        this.#around.standingChanged(this.name)
        void this.saveStanding()
      },
    }
  }

  /** Withdraws everyone whom the session has not confirmed; settled is it once all that is saved. */
  async #settle(session: number): Promise<void> {
    const { table, queue, clock } = this.#around
    const withdraw = (userId: string): void => {
      const newest = queue.waiting(userId, this.name)[0]
      if (newest?.session === session) return
      queue.add({ userId, source: this.name, publication: undefined, at: clock.now(), session })
    }
    const unconfirmed = [...queue.ofSource(this.name)].filter((waiting) => waiting.session !== session)
    for (const { userId } of unconfirmed) withdraw(userId)
    const finished = await inSlices(table, (user) => {
      if (this.standing.session !== session) return false
      const slot = user.slots.find((candidate) => candidate.source === this.name)
      if (slot !== undefined && slot.session !== session) withdraw(user.userId)
      return true
    })
    if (!finished) return
    queue.afterSaving(this.name, () => {
      if (this.standing.session !== session || this.standing.state !== 'settling') return
      this.standing.settled(clock.now())
      this.#around.standingChanged(this.name)
      void this.saveStanding()
    })
  }
}

/** What a plugin says of its connection, short enough for everybody who asks. */
function inWords(detail: unknown): string {
  return excerpt(String(detail), DETAIL_LIMIT)
}

export function isStandingRecord(value: unknown): value is StandingRecord {
  if (typeof value !== 'object' || value === null) return false
  return 'seen' in value && Number.isFinite(value.seen) && 'starts' in value && Number.isFinite(value.starts)
}
