// What the daemon says, as TypeScript sees it; and whether an answer really is that.

/** The four states. */
export type Status = 'available' | 'busy' | 'away' | 'unavailable'

/** What one source says of a user. Times are ISO 8601. */
export interface SectionDocument {
  readonly status: Status
  readonly message: string
  readonly since: string
  readonly updated: string
  /** Its deadline, where it has one. */
  readonly expires?: string
  /** The source has lost its connection since. */
  readonly stale?: boolean
}

/** Everything known of a user: the combined status, and what each source says. */
export interface PresenceDocument {
  /** As it was asked. */
  readonly user_id: string
  readonly status: Status
  readonly message: string
  /** The source that decided; null when nobody says anything. */
  readonly source: string | null
  /** When the combined status began. */
  readonly since: string | null
  /** Whether the deciding source has lost its connection. */
  readonly stale: boolean
  /** The sources that have not told everything since the daemon's start: until then "unavailable" may mean "not heard yet". */
  readonly pending: readonly string[]
  readonly sources: Readonly<Record<string, SectionDocument>>
}

/** A problem document (RFC 9457). */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  /** A sentence with the remedy. */
  readonly detail: string
  /** The culprit in the body, as a JSON pointer. */
  readonly pointer?: string
}

/** How one source is. */
export interface SourceDocument {
  readonly name: string
  readonly kind: 'collector' | 'publishable'
  /** Of a publishable source always `ready`. */
  readonly state: 'connecting' | 'settling' | 'settled' | 'lost' | 'standby' | 'ready'
  readonly since: string
  /** Of how many users it says something; missing where only trusted users are told. */
  readonly users?: number
  /** In words: what it is connected to, what it can't see, the last error; missing where only trusted users are told. */
  readonly detail?: string
}

/** How all sources of a daemon are. */
export interface SourcesDocument {
  /** The daemon's name among its like. */
  readonly node: string
  readonly sources: readonly SourceDocument[]
}

const STATUSES: ReadonlySet<unknown> = new Set<Status>(['available', 'busy', 'away', 'unavailable'])

/** Whether a JSON value has the members of a presence document that every reader relies on. */
export function isPresenceDocument(value: unknown): value is PresenceDocument {
  if (!isObject(value)) return false
  return (
    typeof value.user_id === 'string' &&
    STATUSES.has(value.status) &&
    typeof value.message === 'string' &&
    isStringOrNull(value.source) &&
    isStringOrNull(value.since) &&
    typeof value.stale === 'boolean' &&
    Array.isArray(value.pending) &&
    value.pending.every((name) => typeof name === 'string') &&
    isObject(value.sources)
  )
}

/** Whether a JSON value is the answer to a request for so many users. */
export function isUsersDocument(value: unknown, count: number): value is { readonly users: PresenceDocument[] } {
  if (!isObject(value) || !Array.isArray(value.users)) return false
  return value.users.length === count && value.users.every(isPresenceDocument)
}

/** Whether a JSON value tells of sources. */
export function isSourcesDocument(value: unknown): value is SourcesDocument {
  if (!isObject(value) || typeof value.node !== 'string' || !Array.isArray(value.sources)) return false
  return value.sources.every(isSourceDocument)
}

function isSourceDocument(value: unknown): boolean {
  if (!isObject(value)) return false
  const { name, kind, state, since, users, detail } = value
  if (users !== undefined && typeof users !== 'number') return false
  return [name, kind, state, since, detail === undefined ? '' : detail].every((member) => typeof member === 'string')
}

/** The problem that a refusal's body tells; one made of the status when it tells none. */
export function problemOf(status: number, value: unknown): ProblemDocument {
  const told = isObject(value) ? value : {}
  const text = (member: unknown, otherwise: string) => (typeof member === 'string' ? member : otherwise)
  return {
    type: text(told.type, 'about:blank'),
    title: text(told.title, `HTTP ${status}`),
    status,
    detail: text(told.detail, `The answer has the status ${status} and no explanation.`),
    ...(typeof told.pointer === 'string' ? { pointer: told.pointer } : {}),
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isStringOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string'
}
