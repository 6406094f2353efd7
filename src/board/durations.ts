// Times in words: how long ago, how long still, and exactly when.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A length of time in few letters: "just now", "5 min", "2 h", "3 days". A time that is not over yet (clocks differ) is just now. */
export function lengthWords(milliseconds: number): string {
  if (milliseconds < MINUTE) return 'just now'
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)} min`
  if (milliseconds < DAY) return `${Math.floor(milliseconds / HOUR)} h`
  const days = Math.floor(milliseconds / DAY)
  if (days < 14) return days === 1 ? '1 day' : `${days} days`
  return days < 700 ? `${Math.floor(days / 7)} weeks` : `${Math.floor(days / 365)} years`
}

/** "since 5 min" reads badly when it has just begun. */
export function sinceWords(milliseconds: number): string {
  const words = lengthWords(milliseconds)
  return words === 'just now' ? words : `for ${words}`
}

export function agoWords(milliseconds: number): string {
  const words = lengthWords(milliseconds)
  return words === 'just now' ? words : `${words} ago`
}

/** "in 5 min", rounded up, since a deadline is not reached before. */
export function aheadWords(milliseconds: number): string {
  return milliseconds <= MINUTE ? 'within a minute' : `in ${lengthWords(milliseconds + MINUTE - 1)}`
}

/** The day and the second, as the reader's country writes it. */
export function exactWords(time: number, locale?: string, timeZone?: string): string {
  if (!Number.isFinite(time)) return ''
  const zone = timeZone === undefined ? {} : { timeZone }
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', ...zone }).format(time)
}

/** The time of day, with the day unless it is today. */
export function clockWords(time: number, now: number, locale?: string, timeZone?: string): string {
  if (!Number.isFinite(time)) return ''
  const zone = timeZone === undefined ? {} : { timeZone }
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', ...zone })
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short', ...zone }).format(time)
  return day.format(time) === day.format(now) ? clock : `${day.format(time)}, ${clock}`
}
