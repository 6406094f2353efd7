// The vocabulary: what may be said of a user, and how it is kept.

/** The four states, from the most to the least reachable (the order in which the combined status names them differs). */
export const STATUSES = ['available', 'busy', 'away', 'unavailable'] as const
/** One of the four states. */
export type Status = (typeof STATUSES)[number]

/** The longest message that is kept, in code points; HTTP refuses longer ones, a collector's are cut. */
export const MESSAGE_LIMIT = 10_000

/** What a publication becomes at its deadline: the user is unavailable, or the source says nothing of them any more. */
export type AtExpiry = 'unavailable' | 'withdrawn'

/** What a source wants to say of a user. Times are epoch milliseconds of the daemon's clock. */
export interface Publication {
  readonly status: Status
  readonly message: string
  /** When the status began, if the source knows it better than "now" (XEP-0203 delay); never believed to lie in the future. */
  readonly since?: number
  /** The deadline, and what happens then (default: unavailable). */
  readonly expires?: number
  readonly atExpiry?: AtExpiry
}

/** What one source says of one user, as it is saved. Times are epoch milliseconds. */
export interface SourcePresence {
  readonly status: Status
  readonly message: string
  /** When this status began. */
  readonly since: number
  /** The last publication, heartbeats included. */
  readonly updated: number
  /** The deadline; `expires - updated` is its full length. */
  readonly expires?: number
  readonly atExpiry?: AtExpiry
  /** Of a source with devices: what each of them says. Absent while nobody but the one without a name says anything. */
  readonly devices?: readonly DevicePresence[]
}

/** What one tab or device of a user says (`session` on the wire). */
export interface DevicePresence {
  /** Empty: the one of whoever names none, as all clients of the old interface. */
  readonly device: string
  readonly status: Status
  readonly message: string
  /** When it began to say this, word for word. */
  readonly since: number
  readonly updated: number
  /** Each has its own deadline; then the others speak for the user. */
  readonly expires?: number
}

/** What a reader sees of one source: deadlines and lost connections are already taken into account. */
export interface SourceView extends SourcePresence {
  /** The source has lost its connection since it said this. */
  readonly stale: boolean
}

/** The one answer about a user, and why. */
export interface Combined {
  readonly status: Status
  readonly message: string
  /** The deciding source; undefined when nobody says anything. */
  readonly source: string | undefined
  /** When the combined status began; undefined when nobody says anything. */
  readonly since: number | undefined
  readonly stale: boolean
}

/** Everything known of one user at one moment. */
export interface Presence {
  readonly combined: Combined
  /** In the order of the configured sources. */
  readonly sources: ReadonlyMap<string, SourceView>
}

/** Whether a value from outside is one of the four states. */
export function isStatus(value: unknown): value is Status {
  return (STATUSES as readonly unknown[]).includes(value)
}

/** A deadline beyond is one for ever; far beyond there is no Date. Epoch milliseconds. */
const LAST_TIME = Date.UTC(10_000, 0)

/** What a plugin says, with a message that is whole and not too long, and times that a Date can hold. Throws TypeError when the status or a time is none. */
export function boundedPublication(publication: Publication): Publication {
  const { status, since, expires } = publication
  if (!isStatus(status)) throw new TypeError(`a plugin published the status ${String(status)}`)
  for (const time of [since, expires]) {
    if (time === undefined || Number.isFinite(time)) continue
    throw new TypeError(`a plugin published the time ${String(time)}, and not one in epoch milliseconds`)
  }
  const message = String(publication.message ?? '')
  const short = message.length <= MESSAGE_LIMIT ? message : [...message].slice(0, MESSAGE_LIMIT).join('')
  return {
    ...publication,
    message: short.toWellFormed(),
    ...(since !== undefined && { since: Math.max(since, 0) }),
    ...(expires !== undefined && { expires: Math.min(expires, LAST_TIME) }),
  }
}
