// The documents of v1, as JSON.
import type { Clock } from '../core/clock.ts'
import type { Presence, SourceView } from '../core/presence.ts'
import type { SourceInfo } from '../core/sources.ts'
import { quoted } from './json-text.ts'

/** A time of the daemon's clock as people and other machines read it: ISO 8601, by the wall clock, in UTC. */
export function wallTime(time: number, clock: Clock): string {
  return new Date(Math.round(time + clock.lead())).toISOString()
}

/** The presence document of one user, under the name by which they were asked for. */
export function presenceDocument(
  userId: string,
  { combined, sources }: Presence,
  pending: readonly string[],
  clock: Clock,
): string {
  const source = combined.source === undefined ? 'null' : quoted(combined.source)
  const since = combined.since === undefined ? 'null' : quoted(wallTime(combined.since, clock))
  // Joined by hand and not as an object: names of sources may be anything, `__proto__` too.
  const sections = [...sources].map(([name, view]) => `${quoted(name)}:${section(view, clock)}`)
  return (
    `{"user_id":${quoted(userId)},"status":"${combined.status}","message":${quoted(combined.message)},` +
    `"source":${source},"since":${since},"stale":${combined.stale},"pending":${JSON.stringify(pending)},` +
    `"sources":{${sections.join(',')}}}`
  )
}

function section({ status, message, since, updated, expires, stale }: SourceView, clock: Clock): string {
  const end = expires === undefined ? '' : `,"expires":"${wallTime(expires, clock)}"`
  return (
    `{"status":"${status}","message":${quoted(message)},"since":"${wallTime(since, clock)}",` +
    `"updated":"${wallTime(updated, clock)}"${end}${stale ? ',"stale":true' : ''}}`
  )
}

export interface SourcesFacts {
  readonly node: string
  readonly sources: readonly SourceInfo[]
  /** Or without the number of users, and what the source says of itself. */
  readonly inFull: boolean
}

/** What `GET /v1/sources` answers. */
export function sourcesDocument({ node, sources, inFull }: SourcesFacts, clock: Clock): string {
  return JSON.stringify({
    node,
    sources: sources.map(({ name, kind, state, since, users, detail }) => ({
      name,
      kind,
      state,
      since: wallTime(since, clock),
      ...(inFull && { users, detail }),
    })),
  })
}
