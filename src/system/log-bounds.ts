// How long a line of the log may become: a plugin of others, or a server's error, may have megabytes to say.
import type { LogFields } from '../core/log.ts'

/** In UTF-16 units: of the sentence, of each value beside it, and of the name in front; and how many such values there may be. */
const TEXT_LIMIT = 8_000
const VALUE_LIMIT = 2_000
const NAME_LIMIT = 200
const FIELD_LIMIT = 50

export function boundedText(text: string): string {
  return shortened(text, TEXT_LIMIT)
}

export function boundedName(name: string): string {
  return shortened(name, NAME_LIMIT)
}

/** The same object when nothing of it is too long, as nearly always. */
export function boundedFields(fields: LogFields): LogFields {
  const entries = Object.entries(fields)
  const isLong = ([name, value]: (typeof entries)[number]): boolean =>
    name.length > NAME_LIMIT || (typeof value === 'string' && value.length > VALUE_LIMIT)
  if (entries.length <= FIELD_LIMIT && !entries.some(isLong)) return fields
  const short = entries
    .slice(0, FIELD_LIMIT)
    .map(([name, value]) => [boundedName(name), typeof value === 'string' ? shortened(value, VALUE_LIMIT) : value])
  return Object.fromEntries(short)
}

/** The beginning, and how much is missing. Half a character at the end becomes U+FFFD. */
function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text
  return `${text.slice(0, limit).toWellFormed()}… (${text.length - limit} characters more)`
}
