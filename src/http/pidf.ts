// A user's presence as PIDF (RFC 3863), with the data model of RFC 4479 and the activities of RPID (RFC 4480).
import type { Clock } from '../core/clock.ts'
import type { Combined, Presence, SourceView, Status } from '../core/presence.ts'
import { wallTime } from './document.ts'
import { xmlText } from './xml-text.ts'

export const PIDF_TYPE = 'application/pidf+xml'

const NAMESPACES =
  'xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"'

/** The activities that RPID has for a status; its absence says nothing of what somebody does. */
const ACTIVITIES: { readonly [S in Status]: string } = {
  available: '',
  busy: '<rpid:activities><rpid:busy/></rpid:activities>',
  away: '<rpid:activities><rpid:away/></rpid:activities>',
  unavailable: '',
}

/**
 * The document: a tuple for each source, which is open unless the source says unavailable, and the combined status as the person
 * and the note of the whole. Of somebody of whom nothing is known it says nothing: it has no tuple.
 */
export function pidfDocument(userId: string, { combined, sources }: Presence, clock: Clock): string {
  const tuples = [...sources].map(([name, view]) => tuple(name, view, clock))
  const parts = [...tuples, ...note(combined.message), ...person(combined, clock)]
  const entity = xmlText(presUri(userId))
  return `<?xml version="1.0" encoding="UTF-8"?>\n<presence ${NAMESPACES} entity="${entity}">\n${parts.join('\n')}\n</presence>\n`
}

/**
 * The `pres:` URI of a user (RFC 3859, section 3): what stands before the last `@` and after it, each percent-encoded as UTF-8
 * (RFC 3986, section 2).
 */
export function presUri(userId: string): string {
  const at = userId.lastIndexOf('@')
  if (at < 0) return `pres:${encodeURIComponent(userId)}`
  return `pres:${encodeURIComponent(userId.slice(0, at))}@${encodeURIComponent(userId.slice(at + 1))}`
}

function tuple(source: string, { status, message, since }: SourceView, clock: Clock): string {
  const basic = status === 'unavailable' ? 'closed' : 'open'
  // The schema wants them in this order.
  const parts = [`<status><basic>${basic}</basic></status>`, ...note(message), timestamp('timestamp', since, clock)]
  return `<tuple id="${tupleId(source)}">${parts.join('')}</tuple>`
}

function person({ status, since }: Combined, clock: Clock): string[] {
  if (since === undefined) return []
  return [`<dm:person id="person">${ACTIVITIES[status]}${timestamp('dm:timestamp', since, clock)}</dm:person>`]
}

function note(message: string): string[] {
  return message === '' ? [] : [`<note>${xmlText(message)}</note>`]
}

function timestamp(element: string, since: number, clock: Clock): string {
  return `<${element}>${wallTime(since, clock)}</${element}>`
}

/** The same for the same source at all times, and never the same for two: letters that an xs:ID can't have become their number. */
function tupleId(source: string): string {
  return `source-${source.replace(/[^A-Za-z0-9-]/gu, (letter) => `_${letter.codePointAt(0)?.toString(16)}_`)}`
}
