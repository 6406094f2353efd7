// A collector over all its sessions, whichever node runs it: taken over, told by others, saved.
import type { Cancel, Clock } from './clock.ts'
import { reason } from './errors.ts'
import type { Log } from './log.ts'
import { DETAIL_LIMIT, type OpenSession, openSession } from './open-session.ts'
import { excerpt } from './printable.ts'
import type { SaveQueue } from './save-queue.ts'
import type { SourceInfo } from './sources.ts'
import { SESSIONS_PER_FENCE, Standing } from './standing.ts'
import { readStanding, type StandingRecord } from './standing-record.ts'
import type { Lease, PresenceStore } from './store.ts'
import type { UserTable } from './user-table.ts'

/** So long after its last sign of life a session of another node is taken for over: that node, or the store, is away. Milliseconds. */
export const SILENCE = 20_000

export { DETAIL_LIMIT, FLOOD_LIMIT, type OpenSession } from './open-session.ts'

/** What a collector's sessions share with the service. */
export interface SessionSurroundings {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly log: Log
  readonly table: UserTable
  readonly queue: SaveQueue
  /** What this node is called, for the others. */
  readonly node: string
  /** The standing has changed: deadlines may have, and with `stale` who is stale. */
  standingChanged(source: string, stale: boolean): void
}

/** One collector, over all its sessions, whichever node runs it. */
export class CollectorSource {
  readonly name: string
  readonly #around: SessionSurroundings
  readonly standing: Standing
  /** Of the lease under which this node runs it; undefined where no other node can. */
  #fence: number | undefined
  /** Since when this node only looks on. */
  #standbySince: number | undefined
  #runBy: string | undefined
  #silence: Cancel | undefined
  #isUnsaved = false
  /** What a newer holder said while this node still took itself for one. */
  #unheard: StandingRecord | undefined

  constructor(name: string, grace: number, saved: unknown, around: SessionSurroundings) {
    this.name = name
    this.#around = around
    const now = around.clock.now()
    const record = readStanding(saved)
    this.standing = around.store.shared ? Standing.lookingOn(grace, now) : new Standing(grace, record, now)
    if (!around.store.shared) return
    this.#standbySince = now
    this.told(saved)
  }

  /** As told by `GET /v1/sources`. */
  info(): SourceInfo {
    const { state, since, sessions, detail } = this.standing
    const users = this.#around.table.count(this.name)
    const about = { name: this.name, kind: 'collector', users, sessions } as const
    if (this.#standbySince === undefined) return { ...about, state, since, detail }
    const words =
      this.#runBy === undefined ? 'no node has run it yet' : `run by node ${this.#runBy}, ${state}: ${detail}`
    return { ...about, state: 'standby', since: this.#standbySince, detail: excerpt(words, DETAIL_LIMIT) }
  }

  /** Whether something of the standing still has to be saved, be it that the source is still there. */
  get hasSignOfLife(): boolean {
    return this.#standbySince === undefined && (this.standing.session !== undefined || this.#isUnsaved)
  }

  /** The right to run it. It is asked for from now on, so the node must be ready to. */
  lease(): Lease {
    return this.#around.store.lease(`source ${this.name}`)
  }

  /** What the node that runs it says of its standing. */
  told(saved: unknown): void {
    const record = readStanding(saved)
    if (record === undefined) return
    if (this.#standbySince === undefined) {
      if ((record.shared?.last ?? 0) > (this.#fence ?? 0) * SESSIONS_PER_FENCE) this.#unheard = record
    } else this.#follow(record)
  }

  #follow(record: StandingRecord): void {
    const isStale = this.standing.follow(record, this.#around.clock.now())
    this.#runBy = record.shared?.node ?? this.#runBy
    this.#waitForSigns()
    this.#around.standingChanged(this.name, isStale)
  }

  /**
   * This node holds the lease now, by the grant of this number. Afterwards no older grant can change anything, and whatever they have said is
   * old news. Rejects with SavingError when the store can't say so.
   */
  async takeOver(fence: number): Promise<void> {
    const { store, clock } = this.#around
    if (!store.shared && this.#standbySince === undefined) return
    await store.raiseFence(this.name, fence)
    const saved = readStanding((await store.records()).get(`source ${this.name}`))
    // Also where this node has held it before, and did not notice that another one has meanwhile.
    if (saved !== undefined) this.#follow(saved)
    this.#unheard = undefined
    this.#silence?.()
    this.#standbySince = undefined
    this.#fence = fence
    this.standing.takeOver(fence, clock.now())
    this.standing.detail = 'not connected yet'
    this.#around.standingChanged(this.name, true)
    await this.saveStanding()
  }

  /** This node doesn't hold the lease any more; its session is over. */
  standBy(): void {
    if (this.#standbySince !== undefined) return
    this.#standbySince = this.#around.clock.now()
    this.#runBy = this.#around.node
    if (this.#unheard !== undefined) this.#follow(this.#unheard)
    this.#unheard = undefined
  }

  /** Resolves when what this node has said of it is saved, for the next one. At once where there is no other. */
  async saved(): Promise<void> {
    if (this.#fence === undefined) return
    await new Promise<void>((resolve) => this.#around.queue.afterSaving(this.name, resolve))
    await this.saveStanding()
  }

  /** Saves when the source was last seen, so that its grace counts on over a restart, or on another node. */
  async saveStanding(): Promise<void> {
    if (this.#standbySince !== undefined) return
    const { store, clock, log, node } = this.#around
    const record = this.standing.record(clock.now())
    const fence = this.#fence
    try {
      if (fence === undefined) await store.saveRecord(`source ${this.name}`, record)
      else {
        const shared = this.standing.shared(node)
        await store.saveRecord(`source ${this.name}`, { ...record, shared }, { source: this.name, fence })
      }
      this.#isUnsaved = false
    } catch (error) {
      this.#isUnsaved = true
      log.debug(`${this.name}: could not save when it was last seen: ${reason(error)}`)
    }
  }

  /** Takes the session of another node for over when it gives no sign of life. */
  #waitForSigns(): void {
    this.#silence?.()
    if (this.standing.session === undefined) return
    this.#silence = this.#around.clock.after(SILENCE, () => {
      this.standing.presumeLost()
      this.standing.detail = `nothing was heard of it for ${SILENCE / 1000} s`
      this.#around.standingChanged(this.name, true)
    })
  }

  /** One run of the collector begins; `flooded` is called when it says more than can be saved. */
  open(flooded: () => void): OpenSession {
    const { name, standing } = this
    return openSession({
      ...this.#around,
      name,
      standing,
      fence: this.#fence,
      changed: (stale) => this.#changed(stale),
      flooded,
    })
  }

  #changed(stale: boolean): void {
    this.#around.standingChanged(this.name, stale)
    void this.saveStanding()
  }
}
