// The four states: their order, their words, and how many people are in each.
import type { Status } from '../client/index.ts'

export type { Status }

/** In the order in which they are counted, filtered and sorted everywhere. */
export const STATUSES = ['available', 'busy', 'away', 'unavailable'] as const satisfies readonly Status[]

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  available: 'Available',
  busy: 'Busy',
  away: 'Away',
  unavailable: 'Unavailable',
}

export type Counts = Readonly<Record<Status, number>>

export function isStatus(value: unknown): value is Status {
  return STATUSES.some((status) => status === value)
}

export function noCounts(): Record<Status, number> {
  return { available: 0, busy: 0, away: 0, unavailable: 0 }
}

export function total(counts: Counts): number {
  return STATUSES.reduce((sum, status) => sum + counts[status], 0)
}

/** "1 person", "1,204 people". */
export function peopleWords(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'person' : 'people'}`
}
