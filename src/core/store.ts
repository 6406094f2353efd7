// The contract of a store: it makes presence durable, and carries it between nodes.
import type { SourcePresence, Status } from './presence.ts'

/** The user's combined status, and since when. Kept with the newest entry of the user. */
export interface CombinedMark {
  readonly status: Status
  readonly since: number
}

/** What one source says of one user, to be saved. */
export interface Change {
  /** Folded. */
  readonly userId: string
  readonly source: string
  /** Absent: the source says nothing of the user any more. Without a mark the entry goes; with one it stays, for the mark alone. */
  readonly presence?: SourcePresence
  readonly mark?: CombinedMark
  /** Save only if the entry still has this version (0: if there is none); absent: always. */
  readonly ifVersion?: number
}

/** A change as it was saved. Versions grow over all entries of a store; the newest of a user carries their mark. */
export interface Entry extends Omit<Change, 'ifVersion'> {
  readonly version: number
}

/** The right to run something on one node only. */
export interface Lease {
  /** Whether this node holds it now. */
  readonly held: boolean
  /** Tells of every change of `held`. */
  onChange(listener: (held: boolean) => void): void
  release(): Promise<void>
}

export interface PresenceStore {
  /** A random name, made with the store: versions of different epochs can't be compared. */
  readonly epoch: string
  /** The highest version that it has given. */
  readonly sequence: number
  /** Every entry, those of a user together, as they are when the first is asked for: at start, after a gap, and for a backup. */
  load(): AsyncIterable<Entry>
  /**
   * Resolves, with the new version of each change, when all will survive. A version of 0 means that `ifVersion` no longer held. All or none
   * is saved, as far as the store can; rejects when it can't save.
   */
  save(changes: readonly Change[]): Promise<readonly number[]>
  /** Small named facts beside the entries (when a source was lost, say), as JSON values. */
  records(): Promise<ReadonlyMap<string, unknown>>
  saveRecord(name: string, value: unknown): Promise<void>
  onRemoteChange(listener: (entries: readonly Entry[]) => void): void
  /** One holder among all nodes; embedded: always granted. */
  lease(name: string): Lease
  close(): Promise<void>
}
