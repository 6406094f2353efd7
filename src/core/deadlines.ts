// Deadlines of publications and of lost collectors: notices when one passes, and has its outcome saved.
import type { Cancel, Clock } from './clock.ts'
import { type Circumstances, type Derived, derive } from './derive.ts'
import { nextEnd } from './devices.ts'
import { ExpiryQueue } from './expiry-queue.ts'
import type { SaveQueue } from './save-queue.ts'
import type { CollectorSource } from './sessions.ts'
import type { Slot, UserTable } from './user-table.ts'
import { inSlices } from './walk.ts'

/** How many passed deadlines are dealt with in one turn of the loop. */
const SLICE = 5_000

export class Deadlines {
  readonly #clock: Clock
  readonly #table: UserTable
  readonly #saves: SaveQueue
  readonly #circumstances: Circumstances
  readonly #collectors: () => Iterable<CollectorSource>
  /** Told of every user whom a deadline has turned. */
  readonly #turned: (userId: string) => void
  /** Whether this node is the one that saves what deadlines make of users. */
  readonly #isInCharge: () => boolean
  readonly #queue = new ExpiryQueue()
  #timer: Cancel | undefined
  /** When the timer goes off. */
  #armedFor = Number.POSITIVE_INFINITY
  /** Until when the losses of collectors have been dealt with. */
  #lossesDoneUntil = Number.NEGATIVE_INFINITY
  #working: Promise<void> | undefined
  #closed = false

  constructor(
    clock: Clock,
    table: UserTable,
    saves: SaveQueue,
    circumstances: Circumstances,
    collectors: () => Iterable<CollectorSource>,
    turned: (userId: string) => void,
    isInCharge: () => boolean,
  ) {
    this.#clock = clock
    this.#table = table
    this.#saves = saves
    this.#circumstances = circumstances
    this.#collectors = collectors
    this.#turned = turned
    this.#isInCharge = isInCharge
  }

  /** Watches the deadline of a publication; one place in the queue per user and source, however often it moves. */
  watch(userId: string, slot: Slot | undefined): void {
    if (slot === undefined) return
    const now = this.#clock.now()
    // Said by a session that is over, and for longer than the grace: its sweep has passed already.
    const lost = this.#circumstances.lossDeadline(slot) ?? Number.POSITIVE_INFINITY
    if (lost <= this.#lossesDoneUntil) this.#saveOutcome(userId, slot, now)
    const expires = nextEnd(slot)
    if (expires === undefined) return
    // A later deadline finds its place when the earlier one comes up.
    if (slot.queuedFor !== 0 && slot.queuedFor <= expires) return
    slot.queuedFor = expires
    this.#queue.push(expires, slot.place)
    if (expires < this.#armedFor) this.arm()
  }

  /** Whether its deadline has passed already, and has yet to be told. */
  isDue(slot: Slot): boolean {
    return slot.queuedFor !== 0 && (nextEnd(slot) ?? Number.POSITIVE_INFINITY) <= this.#clock.now()
  }

  /** After loading: watches everybody. */
  async watchAll(): Promise<void> {
    await inSlices(this.#table, (user) => {
      for (const slot of user.slots) this.watch(user.userId, slot)
      return true
    })
    this.arm()
  }

  /** Another node was in charge until now: saves what it may have left undone. */
  async takeOver(): Promise<void> {
    await inSlices(this.#table, (user) => {
      const now = this.#clock.now()
      for (const slot of user.slots) this.#save(user.userId, slot, derive(user.userId, slot, this.#circumstances, now))
      return !this.#closed && this.#isInCharge()
    })
  }

  /** Sets the timer for whatever comes next. */
  arm(): void {
    if (this.#closed || this.#working !== undefined) return
    this.#timer?.()
    this.#timer = undefined
    let next = this.#queue.next ?? Number.POSITIVE_INFINITY
    for (const { standing } of this.#collectors()) {
      next = Math.min(next, standing.nextDeadline(this.#lossesDoneUntil) ?? Number.POSITIVE_INFINITY)
    }
    this.#armedFor = next
    if (next === Number.POSITIVE_INFINITY) return
    this.#timer = this.#clock.after(next - this.#clock.now(), () => this.#work())
  }

  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working
  }

  close(): void {
    this.#closed = true
    this.#timer?.()
    this.#timer = undefined
  }

  #work(): void {
    if (this.#closed || this.#working !== undefined) return
    const work = async (): Promise<void> => {
      while (!this.#closed && this.#expireSlice()) await new Promise((resolve) => setImmediate(resolve))
      await this.#saveLosses()
    }
    this.#working = work().finally(() => {
      this.#working = undefined
      this.arm()
    })
  }

  /** Returns whether more is due. */
  #expireSlice(): boolean {
    const now = this.#clock.now()
    for (let count = 0; count < SLICE; count += 1) {
      const place = this.#queue.take(now)
      if (place === undefined) return false
      const { userId, slot } = this.#table.at(place) ?? {}
      // Taken away, or dealt with already, or there again for later.
      if (userId === undefined || slot === undefined || slot.queuedFor === 0 || slot.queuedFor > now) continue
      slot.queuedFor = 0
      const expires = nextEnd(slot)
      if (expires === undefined) continue
      if (expires > now) this.watch(userId, slot)
      // What holds the deadline back is about to be saved, or dropped; either way this slot is watched again.
      else this.#saveOutcome(userId, slot, now)
    }
    return (this.#queue.next ?? Number.POSITIVE_INFINITY) <= now
  }

  /** Collectors that are lost for longer than their grace: their users are unavailable, and that is saved. */
  async #saveLosses(): Promise<void> {
    const now = this.#clock.now()
    const due = new Set<string>()
    for (const { name, standing } of this.#collectors()) {
      const next = standing.nextDeadline(this.#lossesDoneUntil)
      if (next !== undefined && next <= now) due.add(name)
    }
    this.#lossesDoneUntil = now
    if (due.size === 0) return
    await inSlices(this.#table, (user) => {
      for (const slot of user.slots) if (due.has(slot.source)) this.#saveOutcome(user.userId, slot, now)
      return !this.#closed
    })
  }

  #saveOutcome(userId: string, slot: Slot, now: number): void {
    const derived = derive(userId, slot, this.#circumstances, now)
    if (derived.turned === undefined) return
    this.#turned(userId)
    if (this.#isInCharge()) this.#save(userId, slot, derived)
  }

  #save(userId: string, { source, session, version }: Slot, { view, turned }: Derived): void {
    if (turned === undefined) return
    const publication = view === undefined ? undefined : { status: view.status, message: view.message }
    this.#saves.add({ userId, source, publication, at: turned, session, ifVersion: version })
  }
}
