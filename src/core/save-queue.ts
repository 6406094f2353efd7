// What waits for the store: the newest of each user and source, saved in groups, one group at a time.
import type { Cancel, Clock } from './clock.ts'
import { reason, SavingError } from './errors.ts'
import { Group } from './group.ts'
import type { Log } from './log.ts'
import { Refusals } from './refusals.ts'
import type { Intent, Item, Saver, Waiter, Waiting } from './saving.ts'
import type { PresenceStore, SaveResult } from './store.ts'
import type { Tally } from './tally.ts'
import { keyOf, WaitingItems } from './waiting-items.ts'

/** How many changes without a waiter go into one group: enough to be quick, few enough for the loop to breathe. */
const GROUP = 5_000
/** The pause after a failed save, in milliseconds, unless a client asks earlier. */
const RETRY = 1_000
/** How long the end waits for what no client waits for, in milliseconds: with what clients may take, it stays below five seconds. */
export const LAST_SAVES = 1_000

/** Why that is harmless. */
const AGAIN = 'nothing is lost by it: after the next start deadlines pass again, and collectors see the same'

export class SaveQueue {
  readonly #store: PresenceStore
  readonly #clock: Clock
  readonly #log: Log
  readonly #saver: Saver
  readonly #tally: Tally
  readonly #waiting = new WaitingItems<Item>()
  readonly #refusals: Refusals
  #saving: ReadonlyMap<string, Item> = new Map()
  #scheduled = false
  #retry: Cancel | undefined
  #closing = false
  readonly #idle: (() => void)[] = []

  constructor(store: PresenceStore, clock: Clock, log: Log, saver: Saver, tally: Tally) {
    this.#store = store
    this.#clock = clock
    this.#log = log
    this.#saver = saver
    this.#tally = tally
    this.#refusals = new Refusals(saver, this.#waiting, store.shared)
  }

  /** Whether the last save failed. */
  get failing(): boolean {
    return this.#tally.failing
  }

  /** How many of a source's users wait for the store. */
  lengthOf(source: string): number {
    return this.#waiting.count(source)
  }

  add(intent: Intent, waiter?: Waiter): void {
    if (this.#closing && waiter === undefined && intent.ifVersion !== undefined) return
    const key = keyOf(intent)
    const older = this.#waiting.get(key)
    if (older !== undefined && intent.ifVersion !== undefined) {
      waiter?.saved()
      return
    }
    const { publication: said, statusSince: began } = older?.waiting ?? { publication: undefined, statusSince: 0 }
    const statusSince = said !== undefined && said.status === intent.publication?.status ? began : intent.at
    const waiters = [...(older?.waiters ?? []), ...(waiter === undefined ? [] : [waiter])]
    const heardAt = older?.waiting.ifVersion === undefined ? (older?.waiting.heardAt ?? intent.at) : intent.at
    const fallback = waiter?.failed === undefined ? undefined : (older?.fallback ?? kept(older))
    this.#waiting.set(key, { waiting: { ...intent, statusSince, heardAt }, fallback, waiters })
    if (this.#retry === undefined || waiter?.failed !== undefined) this.#schedule()
  }

  /** What waits or is being saved for a user's source (said of the user as a whole, or by this device), newest first. */
  waiting(userId: string, source: string, device?: string): readonly Waiting[] {
    const key = keyOf({ userId, source, device })
    return [this.#waiting.get(key), this.#saving.get(key)].flatMap((item) => (item === undefined ? [] : [item.waiting]))
  }

  /** Everything of a source that waits or is being saved. */
  *ofSource(source: string): Generator<Waiting> {
    for (const items of [this.#waiting, this.#saving]) {
      for (const { waiting } of items.values()) if (waiting.source === source) yield waiting
    }
  }

  /** Calls back once all that a source has said until now is saved (or replaced by something newer that is). */
  afterSaving(source: string, callback: () => void): void {
    let left = 1
    const done = (): void => {
      left -= 1
      if (left === 0) callback()
    }
    for (const items of [this.#waiting, this.#saving]) {
      for (const item of items.values()) {
        if (item.waiting.source !== source) continue
        left += 1
        item.waiters.push({ saved: done })
      }
    }
    done()
  }

  /** Tries at once what has failed: the store can be reached again. */
  retry(): void {
    if (this.#waiting.size > 0) this.#schedule()
  }

  /** Resolves when nothing is being saved, and nothing waits but what has just failed. */
  async idle(): Promise<void> {
    while (this.#saving.size > 0 || this.#scheduled) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /**
   * Tries what waits once more, and gives up what fails then. What no client waits for is saved as far as there is time: the next start
   * makes the same of deadlines that have passed, and the next sessions of collectors see the same.
   */
  async close(): Promise<void> {
    this.#closing = true
    if (this.#waiting.size > 0) this.#schedule()
    let late = 0
    const cancel = this.#clock.after(LAST_SAVES, () => {
      late = this.#leaveOut()
    })
    await this.idle()
    cancel()
    this.#retry?.()
    this.#retry = undefined
    if (late > 0) this.#log.warn(`${late} changes that no client waited for were not saved before the end; ${AGAIN}`)
    if (this.#waiting.size > 0)
      this.#log.error(
        `${this.#waiting.size} changes could not be saved before the end; clients and collectors say them again`,
      )
    this.#waiting.clear()
  }

  /** Drops what no client waits for; tells how much that was. */
  #leaveOut(): number {
    const keys = [...this.#waiting].filter(([, item]) => !isAwaited(item)).map(([key]) => key)
    for (const key of keys) this.#waiting.delete(key)
    return keys.length
  }

  #schedule(): void {
    if (this.#scheduled || this.#saving.size > 0) return
    this.#scheduled = true
    this.#retry?.()
    this.#retry = undefined
    // After the requests that are read in this turn of the loop, so that they share one group.
    setImmediate(() => {
      this.#scheduled = false
      void this.#saveGroup()
    })
  }

  async #saveGroup(): Promise<void> {
    this.#saving = this.#takeGroup()
    this.#saver.begin()
    const group = new Group(this.#store.shared)
    const began = this.#clock.now()
    for (const item of this.#saving.values()) {
      if (this.#refusals.isTooLate(item, began)) continue
      const change = this.#saver.change(item.waiting)
      if (change === undefined) {
        this.#saver.dropped(item.waiting)
        for (const waiter of item.waiters) waiter.saved()
        continue
      }
      group.add(item, change)
    }
    const { changes } = group
    let error: SavingError | undefined
    try {
      const results = changes.length === 0 ? [] : await this.#store.save(changes)
      this.#saving = new Map()
      if (changes.length > 0) this.#tally.saves.add((this.#clock.now() - began) / 1_000)
      this.#apply(group, results)
    } catch (cause) {
      this.#saving = new Map()
      error = cause instanceof SavingError ? cause : new SavingError(reason(cause), { cause })
      this.#fail(group.items, error)
    }
    if (error === undefined && this.#waiting.size > 0) this.#schedule()
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** All that clients wait for, so that a request is never torn apart, and a slice of the rest. */
  #takeGroup(): Map<string, Item> {
    const group = new Map<string, Item>()
    let others = 0
    for (const [key, item] of this.#waiting) {
      const awaited = isAwaited(item)
      if (!awaited && others === GROUP) continue
      if (!awaited) others += 1
      group.set(key, item)
      this.#waiting.delete(key)
    }
    return group
  }

  #apply(group: Group, results: readonly SaveResult[]): void {
    if (this.#tally.failing) this.#log.notice('saving works again')
    this.#tally.failing = false
    const done: Item[] = []
    for (const [index, item] of group.items.entries()) {
      const [change, result] = group.outcome(index, results) ?? []
      if (change === undefined || result === undefined) continue
      if (typeof result === 'number') {
        this.#tally.saved(item.waiting)
        this.#saver.saved(item.waiting, change, result)
        done.push(item)
      } else if (this.#refusals.isDone(item, change, result)) done.push(item)
    }
    // Told only when everything is in place: one request may wait for many of them.
    for (const item of done) for (const waiter of item.waiters) waiter.saved()
  }

  #fail(items: readonly Item[], error: SavingError): void {
    if (!this.#tally.failing) {
      this.#log.error(`cannot save: ${error.message}; clients are told to repeat, the rest is tried again every second`)
    }
    this.#tally.failing = true
    this.#tally.failures += 1
    for (const item of items) {
      const key = keyOf(item.waiting)
      const keepers = item.waiters.filter((waiter) => waiter.failed === undefined)
      const newer = this.#waiting.get(key)
      const again = kept(item) ?? item.fallback
      if (newer !== undefined) newer.waiters.push(...keepers)
      else if (again !== undefined) this.#waiting.set(key, { waiting: again, fallback: undefined, waiters: keepers })
      else {
        this.#saver.dropped(item.waiting)
        for (const keeper of keepers) keeper.saved()
      }
      for (const waiter of item.waiters) waiter.failed?.(error)
    }
    if (this.#waiting.size > 0) this.#retry ??= this.#clock.after(RETRY, () => this.#schedule())
  }
}

/** The intent that is tried again until it is saved; undefined for one that fails with its client. */
function kept(item: Item | undefined): Waiting | undefined {
  return item !== undefined && isAwaited(item) ? undefined : item?.waiting
}

/** Whether a client waits for it. */
function isAwaited({ waiters }: Item): boolean {
  return waiters.some((waiter) => waiter.failed !== undefined)
}
