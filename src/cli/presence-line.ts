// A presence document as a line for a person.
import type { PresenceDocument } from '../client/index.ts'
import { printable } from '../core/printable.ts'

/** Status, message, source, since when, and what to doubt about it. */
export function presenceLine(document: PresenceDocument): string {
  const { user_id, status, message, source, since, stale, pending } = document
  const facts = [source === null ? 'nothing is known' : `${source} since ${since === null ? '?' : wholeSeconds(since)}`]
  if (stale) facts.push('stale')
  if (pending.length > 0) facts.push(`not yet settled: ${pending.join(' ')}`)
  const quoted = message === '' ? '' : ` "${message}"`
  return printable(`${user_id}: ${status}${quoted} (${facts.join(', ')})`)
}

/** An ISO 8601 time without its fraction of a second. */
export function wholeSeconds(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z')
}
