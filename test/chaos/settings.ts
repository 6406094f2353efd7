// The numbers of the chaos test: who there is, how the daemon is set up, and by when every answer must be right again.
import type { Source } from './plan.ts'

export const DOMAIN = 'example.test'
export const OTHER_DOMAIN = 'web.example'
/** As `plugins` has them. */
export const ORDER = ['xmpp', 'irc', 'spreed', 'manual'] as const

/** Seconds. More than any fault here lasts from when it is noticed until its source is connected again, but for those that shall last longer. */
export const GRACE = 20
/** Seconds without a heartbeat after which a web client is gone. */
export const LAPSE = 12
/** Milliseconds between two heartbeats. */
export const HEARTBEAT = 1_000
/** Seconds. */
export const PING_INTERVAL = 1

/** Seconds until silence is noticed (operating.md). */
export const NOTICED: Readonly<Record<'xmpp' | 'irc', number>> = { xmpp: PING_INTERVAL + 10, irc: 40 }
/** Seconds that a login into silence goes on, and that a session needs to know everybody here: a line in two seconds on IRC. */
const LOGIN = 10
const KNOWN: Readonly<Record<'xmpp' | 'irc', number>> = { xmpp: 1, irc: 2 * 12 }

/** On a busy machine everything may take so many times longer, and a start so many seconds. */
const MARGIN = 2
const START = 15

/**
 * The bound of operating.md: so many seconds after the end of a fault all answers are right again. A silence that was not noticed may yet be; then
 * the next attempt comes within one and a half times the outage plus 1.5 seconds.
 */
export function boundOf(sources: readonly Source[], outage: number): number {
  const each = sources.map((source) => {
    if (source === 'spreed') return LAPSE
    if (source === 'manual') return 0
    return NOTICED[source] + Math.min(60, 1.5 * outage + 1.5) + LOGIN + KNOWN[source]
  })
  return Math.max(0, ...each)
}

/** The bound as a time limit for a machine that does other things too, in milliseconds. */
export function limitOf(bound: number): number {
  return (bound * MARGIN + START) * 1000
}
