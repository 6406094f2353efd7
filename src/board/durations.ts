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
  return Number.isFinite(time) ? formatsOf(locale, timeZone).exact.format(time) : ''
}

/** The time of day, with the day unless it is today. */
export function clockWords(time: number, now: number, locale?: string, timeZone?: string): string {
  if (!Number.isFinite(time)) return ''
  const { day, clock } = formatsOf(locale, timeZone)
  const date = day.format(time)
  return date === day.format(now) ? clock.format(time) : `${date}, ${clock.format(time)}`
}

type Formats = Readonly<Record<'exact' | 'day' | 'clock', Intl.DateTimeFormat>>

/** Kept, since making one takes longer than drawing a row. */
const kept = new Map<string, Formats>()

function formatsOf(locale: string | undefined, timeZone: string | undefined): Formats {
  const key = `${locale} ${timeZone}`
  const known = kept.get(key)
  if (known !== undefined) return known
  const format = (style: Intl.DateTimeFormatOptions) => {
    return new Intl.DateTimeFormat(locale, { ...style, ...(timeZone === undefined ? {} : { timeZone }) })
  }
  const formats = {
    exact: format({ dateStyle: 'medium', timeStyle: 'medium' }),
    day: format({ dateStyle: 'medium' }),
    clock: format({ timeStyle: 'short' }),
  }
  kept.set(key, formats)
  return formats
}
