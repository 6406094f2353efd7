// From what shall be saved to the change that the store gets: since when, and the combined status as it will be.
import type { Clock } from './clock.ts'
import { combine } from './combine.ts'
import { type Circumstances, presenceOf } from './derive.ts'
import { withDevice } from './devices.ts'
import type { SourcePresence, SourceView } from './presence.ts'
import type { Waiting } from './saving.ts'
import { SESSIONS_PER_FENCE } from './standing.ts'
import type { Change, CombinedMark } from './store.ts'
import type { Slot, UserTable } from './user-table.ts'
import { keyOf } from './waiting-items.ts'

/** What a user looks like with the changes of the group that is being made. */
interface Draft {
  readonly sources: ReadonlyMap<string, SourceView>
  readonly mark: CombinedMark | undefined
}

/** Drafts one group of changes at a time; several sources of one user may be in it. */
export class Drafts {
  readonly #table: UserTable
  readonly #circumstances: Circumstances
  readonly #clock: Clock
  readonly #shared: boolean
  #group = new Map<string, Draft>()

  /** `shared` where other nodes write as well: then a change counts only if it was made of what is there. */
  constructor(table: UserTable, circumstances: Circumstances, clock: Clock, shared = false) {
    this.#table = table
    this.#circumstances = circumstances
    this.#clock = clock
    this.#shared = shared
  }

  begin(): void {
    this.#group = new Map()
  }

  /** What an intent makes of the user; undefined when the deadline that it is the outcome of no longer counts. */
  draft(waiting: Waiting): Change | undefined {
    const { userId, source, at, session, ifVersion, exactly } = waiting
    const slot = this.#table.slot(userId, source)
    if (waiting.again) return slot && this.#again(userId, slot)
    if (ifVersion !== undefined && (slot?.version ?? 0) !== ifVersion) return undefined
    const before = this.#group.get(userId) ?? this.#now(userId)
    const presence = exactly === undefined ? nextPresence(waiting, before.sources.get(source), slot) : exactly.presence
    const sources = new Map<string, SourceView>()
    const { order, combinedOrder, conditional } = this.#circumstances
    for (const name of order) {
      const view = name === source ? presence && { ...presence, stale: false } : before.sources.get(name)
      if (view !== undefined) sources.set(name, view)
    }
    const status = combine(sources, combinedOrder, conditional)?.view.status
    const since = Math.max(at, before.mark?.since ?? at) // what waited long for the store does not turn time back
    const marks = [exactly?.mark, before.mark]
    const kept = status && (marks.find((mark) => mark?.status === status) ?? { status, since })
    this.#group.set(userId, { sources, mark: kept })
    return {
      userId,
      source,
      ...(presence !== undefined && { presence }),
      ...(kept !== undefined && { mark: kept }),
      ...sessionFor(session),
      ...this.#condition(waiting, slot),
    }
  }

  #condition(waiting: Waiting, slot: Slot | undefined): Pick<Change, 'ifVersion' | 'fence'> {
    const { userId, source, fence, ifVersion, absentVersion } = waiting
    if (fence !== undefined) return { fence }
    if (this.#shared) {
      const absent = (): number => absentVersion ?? this.#table.absent.get(keyOf({ userId, source })) ?? 0
      return { ifVersion: slot?.version ?? absent() }
    }
    // Of nobody here the store may still have a mark, with a version.
    return ifVersion ? { ifVersion } : {}
  }

  /** What the table has, word for word. */
  #again(userId: string, { source, presence, version, session }: Slot): Change {
    const mark = this.#table.get(userId)?.mark
    return {
      userId,
      source,
      presence,
      ...(mark && { mark: { status: mark.status, since: mark.since } }),
      ...sessionFor(session),
      ifVersion: version,
    }
  }

  #now(userId: string): Draft {
    const { combined, sources } = presenceOf(this.#table.get(userId), this.#circumstances, this.#clock.now())
    const mark = combined.since === undefined ? undefined : { status: combined.status, since: combined.since }
    return { sources, mark }
  }
}

/** Without a lease a session means nothing to others, nor to this node after its next start. */
function sessionFor(session: number): Pick<Change, 'session'> {
  return session >= SESSIONS_PER_FENCE ? { session } : {}
}

/** What a source says of a user after an intent, given what it said until then. */
function nextPresence(
  waiting: Waiting,
  before: SourceView | undefined,
  slot: Slot | undefined,
): SourcePresence | undefined {
  const { publication, at, statusSince, ifVersion, device } = waiting
  if (ifVersion !== undefined && slot?.devices !== undefined) return before && withoutStale(before)
  if (device !== undefined) return withDevice(before, { device, publication, at, statusSince })
  if (publication === undefined) return undefined
  const { status, message, expires, atExpiry } = publication
  const began = Math.min(publication.since ?? statusSince, at)
  return {
    status,
    message,
    since: before?.status === status ? before.since : began,
    // The outcome of a deadline is no sign of life.
    updated: ifVersion === undefined ? at : (slot?.updated ?? at),
    ...(expires !== undefined && { expires }),
    ...(atExpiry !== undefined && { atExpiry }),
  }
}

function withoutStale({ stale: _, ...presence }: SourceView): SourcePresence {
  return presence
}
