// One session of a collector: confirms whom it sees, settles (sweeps the rest), ends.
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { Session } from './plugin.ts'
import { boundedPublication, type Publication } from './presence.ts'
import { excerpt } from './printable.ts'
import type { SaveQueue } from './save-queue.ts'
import type { Standing } from './standing.ts'
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

export interface SessionParts {
  readonly clock: Clock
  readonly log: Log
  readonly table: UserTable
  readonly queue: SaveQueue
  /** Of the source. */
  readonly name: string
  readonly standing: Standing
  /** Of the lease under which it runs; undefined where no other node can run it. */
  readonly fence: number | undefined
  /** The standing has changed, and has to be saved; with `stale` its users are stale from now on. */
  changed(stale: boolean): void
  /** It says more than can be saved. */
  flooded(): void
}

export function openSession(parts: SessionParts): OpenSession {
  const { clock, queue, log, name, standing, fence, changed } = parts
  const fenced = fence === undefined ? {} : { fence }
  let over = false
  let number: number | undefined
  const say = (userId: string, publication: Publication | undefined): void => {
    if (over || number === undefined) return
    const mistake = userIdMistake(userId)
    if (mistake !== undefined) {
      log.debug(`${name}: a user id ${mistake}; what the source says of that user is ignored`)
      return
    }
    if (queue.lengthOf(name) >= FLOOD_LIMIT) {
      parts.flooded()
      return
    }
    const bounded = publication === undefined ? undefined : boundedPublication(publication)
    const said = { userId: foldUserId(userId), source: name, publication: bounded }
    queue.add({ ...said, at: clock.now(), session: number, ...fenced })
  }
  return {
    connected: (detail) => {
      if (over || number !== undefined) return
      number = standing.connected(clock.now())
      standing.detail = inWords(detail)
      changed(false)
    },
    publish: say,
    withdraw: (userId) => say(userId, undefined),
    settled: () => {
      if (over || number === undefined) return
      void settle(number, parts)
    },
    detail: (words) => {
      if (!over) standing.detail = inWords(words)
    },
    end: (detail) => {
      if (over) return
      over = true
      standing.detail = inWords(detail)
      if (number === undefined) return
      standing.lost(clock.now())
      changed(true)
    },
  }
}

/** Withdraws everyone whom the session has not confirmed; settled is it once all that is saved. */
async function settle(session: number, parts: SessionParts): Promise<void> {
  const { table, queue, clock, name, standing, fence, changed } = parts
  const fenced = fence === undefined ? {} : { fence }
  const withdraw = (userId: string): void => {
    const newest = queue.waiting(userId, name)[0]
    if (newest?.session === session) return
    queue.add({ userId, source: name, publication: undefined, at: clock.now(), session, ...fenced })
  }
  const unconfirmed = [...queue.ofSource(name)].filter((waiting) => waiting.session !== session)
  for (const { userId } of unconfirmed) withdraw(userId)
  const finished = await inSlices(table, (user) => {
    if (standing.session !== session) return false
    const slot = user.slot(name)
    if (slot !== undefined && slot.session !== session) withdraw(user.userId)
    return true
  })
  if (!finished) return
  queue.afterSaving(name, () => {
    if (standing.session !== session || standing.state !== 'settling') return
    standing.settled(clock.now())
    changed(false)
  })
}

/** What a plugin says of its connection, short enough for everybody who asks. */
function inWords(detail: unknown): string {
  return excerpt(String(detail), DETAIL_LIMIT)
}
