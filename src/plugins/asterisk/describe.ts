// In words: what a session is connected to, and whom it can't see.
import { excerpt } from '../../core/printable.ts'
import type { Counts } from './directory.ts'

/** So many ids are named; of the rest there is a number. */
const NAMED = 10

export interface Surroundings {
  readonly context: string
  readonly domain: string | undefined
  /** Asterisk sends events that hold anybody's text. */
  readonly unfiltered: boolean
}

export function describe(where: string, counts: Counts, { context, domain, unfiltered }: Surroundings): string {
  const parts = [where, `${count(counts.known, 'user')} by ${count(counts.hints, 'hint')} in ${excerpt(context)}`]
  if (counts.silent > 0) parts.push(`${counts.silent} more of whom nothing is known (their devices have no state)`)
  if (counts.unmapped.length > 0) {
    const as = domain === undefined ? 'by the extension alone' : `as EXTENSION@${domain}`
    parts.push(`no line maps ${named(counts.unmapped)} (known ${as})`)
  }
  if (counts.missing.length > 0) {
    parts.push(`lines without effect for ${named(counts.missing)} (neither an extension there nor a device)`)
  }
  if (counts.shared.length > 0) {
    parts.push(`${named(counts.shared)} left out as devices of several users`)
  }
  if (counts.elsewhere > 0) {
    parts.push(`${count(counts.elsewhere, 'hint')} of other contexts ignored (${named(counts.otherContexts)})`)
  }
  if (unfiltered) parts.push('changes show within seconds only, as manager.conf has no eventfilter for this user')
  return parts.join(', ')
}

function count(number: number, what: string): string {
  return `${number} ${number === 1 ? what : `${what}s`}`
}

function named(names: readonly string[]): string {
  const first = names.slice(0, NAMED).map((name) => excerpt(name, 40))
  return first.join(' ') + (names.length > NAMED ? ` and ${names.length - NAMED} more` : '')
}
