// The configured sources: their names, kinds and order, and what is told of each.
import type { Status } from './presence.ts'

export type SourceKind = 'collector' | 'publishable'

/**
 * The life of a source. A collector is `connecting` until its first login since the start, `settling` from a login until it
 * knows everybody, `settled`, `lost` between sessions, or in `standby` while another node runs it. A publishable one is `ready`.
 */
export type SourceState = 'connecting' | 'settling' | 'settled' | 'lost' | 'standby' | 'ready'

/** A source as `GET /v1/sources` tells it. */
export interface SourceInfo {
  readonly name: string
  readonly kind: SourceKind
  readonly state: SourceState
  /** When the state began, epoch milliseconds of the daemon's clock. */
  readonly since: number
  /** How many users it says something of. */
  readonly users: number
  /** Of a collector: how many sessions it has had on this node since the daemon's start. */
  readonly sessions: number
  /** In words: what it is connected to, what it can't see, the last error. */
  readonly detail: string
}

/** A source that clients publish to: it is always ready. */
export function readySource(name: string, since: number, users: number): SourceInfo {
  return {
    name,
    kind: 'publishable',
    state: 'ready',
    since,
    users,
    sessions: 0,
    detail: 'clients publish to it through HTTP',
  }
}

/** One section to publish: what a publishable source shall say of a user. */
export interface SectionPublication {
  readonly userId: string
  readonly source: string
  /** Null: what was published is taken back. */
  readonly status: Status | null
  readonly message: string
  /** A lifetime that the client asks for, in milliseconds. */
  readonly expiresIn?: number
  /** The tab or device that says it, for sources that take sessions. Absent: the one without a name, or, with status null, all of them. */
  readonly device?: string
}

/** A source as the composition root sets it up; the order of sources is that of the configuration. */
export type SourceSetup =
  | { readonly name: string; readonly kind: 'collector' /** Milliseconds. */; readonly grace: number }
  | { readonly name: string; readonly kind: 'publishable' }
