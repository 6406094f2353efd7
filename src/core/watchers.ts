// Subscriptions to changes: the newest change per user, bounded by the number of users; a change that nobody watches costs nothing.
import type { Position } from './position.ts'
import { domainOf } from './user-index.ts'

/** Whom a watcher wants to hear of; ids and domains are folded. */
export type WatchChoice =
  | { readonly users: ReadonlySet<string> }
  | { readonly domain: string }
  | { readonly everybody: true }

/** A change that subscriptions have yet to tell: one object for all of them, so that what they tell can be made once. */
export interface Told {
  readonly userId: string
  /** The store's at the change: whoever has been told this, and all before, misses nothing older. */
  readonly position: Position
}

export class Subscription {
  readonly choice: WatchChoice
  readonly #wake: () => void
  readonly #end: () => void
  /** A change that waits alone, as most do; a Map that is emptied again and again makes much garbage. */
  #only: Told | undefined
  /** Where several wait: in the order of their last changes, by user. */
  readonly #changed = new Map<string, Told>()

  constructor(choice: WatchChoice, wake: () => void, end: () => void) {
    this.choice = choice
    this.#wake = wake
    this.#end = end
  }

  /** How many users wait to be told. */
  get length(): number {
    return this.#only === undefined ? this.#changed.size : 1
  }

  /** A user has changed: takes its place at the tail, and wakes the watcher if nothing else waited. */
  add(change: Told): void {
    if (this.length === 0 || this.#only?.userId === change.userId) {
      const idle = this.#only === undefined
      this.#only = change
      if (idle) this.#wake()
      return
    }
    if (this.#only !== undefined) this.#changed.set(this.#only.userId, this.#only)
    this.#only = undefined
    this.#changed.delete(change.userId)
    this.#changed.set(change.userId, change)
  }

  /** Takes out the user whose last change is the oldest; what to tell is what is known of them now. */
  take(): Told | undefined {
    const only = this.#only
    this.#only = undefined
    if (only !== undefined) return only
    for (const change of this.#changed.values()) {
      this.#changed.delete(change.userId)
      return change
    }
    return undefined
  }

  close(): void {
    this.#only = undefined
    this.#changed.clear()
    this.#end()
  }
}

export class Watchers {
  readonly #byUser = new Map<string, Set<Subscription>>()
  readonly #byDomain = new Map<string, Set<Subscription>>()
  readonly #ofEverybody = new Set<Subscription>()
  #count = 0

  /** How many subscriptions there are. */
  get count(): number {
    return this.#count
  }

  /** `wake` is called when something waits where nothing did; it must not tell at once, but soon. */
  subscribe(choice: WatchChoice, wake: () => void): Subscription {
    const subscription = new Subscription(choice, wake, () => this.#remove(subscription))
    for (const set of this.#placesOf(choice)) set.add(subscription)
    this.#count += 1
    return subscription
  }

  /** Whether anybody wants to hear of this user. */
  watches(userId: string): boolean {
    if (this.#count === 0) return false
    return this.#ofEverybody.size > 0 || this.#byUser.has(userId) || this.#byDomain.has(domainOf(userId))
  }

  changed(userId: string, position: Position): void {
    const change: Told = { userId, position }
    for (const subscription of this.#byUser.get(userId) ?? []) subscription.add(change)
    for (const subscription of this.#byDomain.get(domainOf(userId)) ?? []) subscription.add(change)
    for (const subscription of this.#ofEverybody) subscription.add(change)
  }

  *#placesOf(choice: WatchChoice): Generator<Set<Subscription>> {
    if ('users' in choice) for (const userId of choice.users) yield setIn(this.#byUser, userId)
    else if ('domain' in choice) yield setIn(this.#byDomain, choice.domain)
    else yield this.#ofEverybody
  }

  #remove(subscription: Subscription): void {
    const { choice } = subscription
    this.#count -= 1
    if ('users' in choice) for (const userId of choice.users) removeFrom(this.#byUser, userId, subscription)
    else if ('domain' in choice) removeFrom(this.#byDomain, choice.domain, subscription)
    else this.#ofEverybody.delete(subscription)
  }
}

function setIn(map: Map<string, Set<Subscription>>, key: string): Set<Subscription> {
  const set = map.get(key) ?? new Set()
  map.set(key, set)
  return set
}

function removeFrom(map: Map<string, Set<Subscription>>, key: string, subscription: Subscription): void {
  const set = map.get(key)
  set?.delete(subscription)
  if (set?.size === 0) map.delete(key)
}
