// What a backup keeps of collectors: when each was seen last, so that graces count on elsewhere.

import type { StandingRecord } from '../standing.ts'
import { isStandingRecord } from '../standing-record.ts'
import { finite, SOURCE_NAME, unfit } from './entry-lines.ts'

/** What the name of such a record begins with. */
export const STANDING = 'source '

type Fields = Readonly<Record<string, unknown>>

/** A record as JSON; undefined for one that means nothing elsewhere. `lead` milliseconds make times of the wall clock of the store's. */
export function recordLine(name: string, value: unknown, lead: number): string | undefined {
  const source = name.startsWith(STANDING) ? name.slice(STANDING.length) : undefined
  if (source === undefined || !isStandingRecord(value)) return undefined
  return JSON.stringify({ seen_source: source, seen: value.seen + lead, starts: value.starts })
}

export function isRecordLine(fields: Fields): boolean {
  return fields.seen_source !== undefined
}

/** The source of such a line, and its standing. Throws BackupError. */
export function readRecord({ seen_source: source, seen, starts }: Fields, lead: number): [string, StandingRecord] {
  if (typeof source !== 'string' || !SOURCE_NAME.test(source)) throw unfit('seen_source')
  return [source, { seen: finite(seen, 'seen') - lead, starts: finite(starts, 'starts') }]
}
