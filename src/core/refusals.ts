// What becomes of changes that the store refused, since another node was quicker, or runs the source now; and of those that come too late.
import { SavingError } from './errors.ts'
import type { Item, Saver } from './saving.ts'
import type { Change, Refusal } from './store.ts'
import { keyOf, type WaitingItems } from './waiting-items.ts'

/** So often another node may be quicker with the same user and source before a client that waits is told to repeat. */
const TRIES = 10

/**
 * So long what a client publishes may wait here where it may have been published anew at another node meanwhile, in milliseconds: a process
 * that was stopped must not save afterwards what lay there, over what was said later. Clients wait longer before they give up.
 */
export const LATE = 1_500

export class Refusals {
  readonly #saver: Saver
  readonly #waiting: WaitingItems<Item>
  readonly #shared: boolean

  constructor(saver: Saver, waiting: WaitingItems<Item>, shared: boolean) {
    this.#saver = saver
    this.#waiting = waiting
    this.#shared = shared
  }

  /** Whether a client's word has waited for too long: then it is told to repeat it, and what it had replaced counts again. */
  isTooLate(item: Item, now: number): boolean {
    const { waiting, waiters, fallback } = item
    const awaited = waiters.some(({ failed }) => failed !== undefined)
    if (!this.#shared || !awaited || now - waiting.at <= LATE) return false
    const keepers = waiters.filter(({ failed }) => failed === undefined)
    const newer = this.#waiting.get(keyOf(waiting))
    if (newer !== undefined) newer.waiters.push(...keepers)
    else if (fallback !== undefined) {
      this.#waiting.set(keyOf(waiting), { waiting: fallback, fallback: undefined, waiters: keepers })
    } else {
      this.#saver.dropped(waiting)
      for (const keeper of keepers) keeper.saved()
    }
    fail(item, 'it waited here for too long')
    return true
  }

  /** Whether it is done with, since it no longer counts. Else it waits again, or nobody is to be told that it was saved. */
  isDone(item: Item, change: Change, refusal: Refusal): boolean {
    if (refusal.refused === 'fence') {
      this.#saver.fenced(item.waiting)
      fail(item, 'another node runs this source now')
      for (const waiter of item.waiters) waiter.fenced?.()
      return false
    }
    const again = this.#saver.overtaken(item.waiting, change, refusal.current)
    if (again === undefined) {
      this.#saver.dropped(item.waiting)
      return true
    }
    const tries = (item.tries ?? 0) + 1
    if (tries >= TRIES && item.waiters.some(({ failed }) => failed !== undefined)) {
      this.#saver.dropped(item.waiting)
      fail(item, 'other nodes change the same all the time')
      item.waiters = item.waiters.filter(({ failed }) => failed === undefined)
      return true
    }
    const newer = this.#waiting.get(keyOf(again))
    if (newer !== undefined && newer.waiting.ifVersion === undefined) newer.waiters.push(...item.waiters)
    else {
      const waiters = [...item.waiters, ...(newer?.waiters ?? [])]
      this.#waiting.set(keyOf(again), { waiting: again, fallback: item.fallback, waiters, tries })
    }
    return false
  }
}

function fail({ waiters }: Item, why: string): void {
  for (const waiter of waiters) waiter.failed?.(new SavingError(why))
}
