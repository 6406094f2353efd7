// Points in time: short words that go on with the clock, and the exact time for who points at them.
import { exactWords, lengthWords, sinceWords } from './durations.ts'

export interface SinceProps {
  /** As the daemon writes it. */
  readonly time: string | null
  readonly now: number
  /** "for 5 min" instead of "5 min". */
  readonly long?: boolean
}

export function Since({ time, now, long = false }: SinceProps) {
  const since = Date.parse(time ?? '')
  if (time === null || Number.isNaN(since)) return null
  const words = long ? sinceWords : lengthWords
  return (
    <time dateTime={time} title={`since ${exactWords(since)}`}>
      {words(now - since)}
    </time>
  )
}
