// How long what the sources say of some users lasts: whoever has told it may tell it again, without looking at each of them anew.
import type { Clock } from './clock.ts'
import type { Circumstances } from './derive.ts'
import { nextEnd } from './devices.ts'
import type { Slot } from './slot.ts'
import type { Glance, UserTable } from './user-table.ts'

/** Of so many sessions of collectors it is looked whether they go on; of more it is not worth while. */
const SESSIONS = 16

type Session = Pick<Slot, 'source' | 'session'>

export class Lasting {
  readonly #circumstances: Circumstances
  readonly #clock: Clock
  readonly #glance: Glance
  readonly #until: number
  readonly #sessions: readonly Session[]

  private constructor(
    circumstances: Circumstances,
    clock: Clock,
    { glance, until, sessions }: { glance: Glance; until: number; sessions: readonly Session[] },
  ) {
    this.#circumstances = circumstances
    this.#clock = clock
    this.#glance = glance
    this.#until = until
    this.#sessions = sessions
  }

  /**
   * Of what is told of these users (by their folded ids) now; undefined while a deadline has passed that is not saved yet, and where too
   * many sessions have to be looked at.
   */
  static of(
    userIds: readonly string[],
    table: UserTable,
    circumstances: Circumstances,
    clock: Clock,
  ): Lasting | undefined {
    let until = Number.POSITIVE_INFINITY
    const sessions: Session[] = []
    for (const userId of userIds) {
      for (const slot of table.get(userId)?.slots ?? []) {
        until = Math.min(until, nextEnd(slot) ?? Number.POSITIVE_INFINITY)
        // The loss of a collector makes nobody unavailable who is so already.
        if (slot.status === 'unavailable') continue
        const { source, session } = slot
        if (sessions.some((known) => known.source === source && known.session === session)) continue
        if (sessions.push({ source, session }) > SESSIONS) return undefined
      }
    }
    const lasting = new Lasting(circumstances, clock, { glance: table.glance(userIds), until, sessions })
    return lasting.holds() ? lasting : undefined
  }

  /** Whether the same would be told now: nothing was saved of them, no deadline has passed, no collector has been lost for too long. */
  holds(): boolean {
    const now = this.#clock.now()
    if (now >= this.#until || !this.#glance.isSame()) return false
    return this.#sessions.every(
      (session) => (this.#circumstances.lossDeadline(session) ?? Number.POSITIVE_INFINITY) > now,
    )
  }
}
