// How long an own state shall hold: the choices, and the seconds that the daemon is asked for.

export const UNTIL_CHOICES = ['30 minutes', '1 hour', '4 hours', 'today', 'no end'] as const
export type Until = (typeof UNTIL_CHOICES)[number]

/** Seconds from now; undefined leaves it to the daemon (`manual_expire`). "today" ends at the reader's midnight. */
export function secondsUntil(until: Until, now: Date): number | undefined {
  if (until === '30 minutes') return 30 * 60
  if (until === '1 hour') return 60 * 60
  if (until === '4 hours') return 4 * 60 * 60
  if (until === 'no end') return undefined
  const midnight = new Date(now)
  midnight.setHours(24, 0, 0, 0)
  return Math.max(60, Math.round((midnight.getTime() - now.getTime()) / 1000))
}
