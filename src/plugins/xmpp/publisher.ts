// Hands changes to the session; while everybody is being learned, each user's a moment later, so that all their devices are known.
import type { Cancel, Clock } from '../../core/clock.ts'
import type { Session } from '../../core/plugin.ts'
import type { Publication } from '../../core/presence.ts'
import type { Change } from './contacts.ts'

/**
 * How long a user's first word is held back, in milliseconds. Servers tell the devices of a user one after the other; said at
 * once, the first would make every user with two devices flap after each reconnect.
 */
export const HOLD = 100

interface Held {
  change: Change
  readonly due: number
}

export class Publisher {
  readonly #session: Pick<Session, 'publish' | 'withdraw'>
  readonly #clock: Clock
  /** What this session has said of each user. */
  readonly #said = new Map<string, Publication>()
  /** In the order of their times, as the hold is the same for all. */
  readonly #held = new Map<string, Held>()
  #cancel: Cancel | undefined
  #holding = true

  constructor(session: Pick<Session, 'publish' | 'withdraw'>, clock: Clock) {
    this.#session = session
    this.#clock = clock
  }

  say(change: Change): void {
    if (!this.#holding) {
      this.#publish(change)
      return
    }
    const held = this.#held.get(change.userId)
    if (held !== undefined) {
      held.change = change
      return
    }
    this.#held.set(change.userId, { change, due: this.#clock.now() + HOLD })
    this.#cancel ??= this.#clock.after(HOLD, () => this.#release())
  }

  /** Says what is held back; from now on everything is said at once. */
  flush(): void {
    this.#holding = false
    this.stop()
    for (const { change } of this.#held.values()) this.#publish(change)
    this.#held.clear()
  }

  /** Ends its timer. */
  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #release(): void {
    this.#cancel = undefined
    const now = this.#clock.now()
    for (const [userId, { change, due }] of this.#held) {
      if (due > now) {
        this.#cancel = this.#clock.after(due - now, () => this.#release())
        return
      }
      this.#held.delete(userId)
      this.#publish(change)
    }
  }

  #publish({ userId, publication }: Change): void {
    if (publication === undefined) {
      this.#said.delete(userId)
      this.#session.withdraw(userId)
      return
    }
    const before = this.#said.get(userId)
    if (before?.status === publication.status && before.message === publication.message) return
    this.#said.set(userId, publication)
    this.#session.publish(userId, publication)
  }
}
