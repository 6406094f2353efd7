// Presence documents as the daemon's watch tells them, in few words.
import type { PresenceDocument, SectionDocument, Status } from '../../src/client/index.ts'

export const NOON = '2026-11-23T12:00:00.000Z'

export function section(status: Status, more: Partial<SectionDocument> = {}): SectionDocument {
  return { status, message: '', since: NOON, updated: NOON, ...more }
}

/** Of whom one source says this; `more` replaces any part of it. */
export function presence(
  user_id: string,
  status: Status = 'available',
  more: Partial<PresenceDocument> = {},
): PresenceDocument {
  const sources = { xmpp: section(status, { message: more.message ?? '' }) }
  return { user_id, status, message: '', source: 'xmpp', since: NOON, stale: false, pending: [], sources, ...more }
}

/** Of whom nothing is known any more. */
export function nothing(user_id: string): PresenceDocument {
  return presence(user_id, 'unavailable', { source: null, since: null, sources: {} })
}
