// The contract of a store: it makes presence durable, and carries it between nodes.
import type { SourcePresence, Status } from './presence.ts'

/** The user's combined status, and since when. Kept with the newest entry of the user. */
export interface CombinedMark {
  readonly status: Status
  readonly since: number
}

/** The `ifVersion` that no entry ever has: nothing is saved, and the refusal tells what is there. */
export const NO_VERSION = -1

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
  /**
   * The session of the collector that said it, so that every node knows when it is stale (see standing.ts). A store of one daemon need not
   * keep it: each of its starts begins sessions anew.
   */
  readonly session?: number
  /** Of a collector that runs under a lease: the grant's number. Refused once a newer one was raised for the source. */
  readonly fence?: number
}

/** A change as it was saved. Versions grow over all entries of a shard; the newest of a user carries their mark. */
export interface Entry extends Omit<Change, 'ifVersion' | 'fence'> {
  readonly version: number
}

/** Why a change was not saved: its condition no longer held, and what is there instead (nothing: undefined); or its fence is an old one. */
export type Refusal =
  | { readonly refused: 'version'; readonly current: Entry | undefined }
  | { readonly refused: 'fence' }

/** What became of a change: the version that it was given, or why it was not saved. */
export type SaveResult = number | Refusal

/** Lets a record be saved only while this is the newest fence of the source. */
export interface Guard {
  readonly source: string
  readonly fence: number
}

/** The right to run something on one node only. */
export interface Lease {
  /** Whether this node holds it now. False before any other node can hold it, also in a process that was paused meanwhile. */
  readonly held: boolean
  /** The number of the newest grant to this node, larger than those of all earlier grants to any node; 0 before the first. */
  readonly fence: number
  /** Tells of every change of `held`, and of a new grant as of a loss and a gain. */
  onChange(listener: (held: boolean) => void): void
  /** Gives it up for good, so that another node has it at once. */
  release(): Promise<void>
}

/** Whoever follows what other nodes do. Nothing is told before the first `load`. */
export interface Follower {
  /**
   * What other nodes have saved, in the order of each shard, without what this node has itself overtaken; and the position reached,
   * which a node's own saves advance as well. An entry with neither presence nor mark is gone. A save of this node that was answered with an
   * error, and was made nevertheless, is told here. Nothing of a shard is told between a save of this node and its answer;
   * a refusal may be answered later than what came after it is told.
   */
  changed(entries: readonly Entry[], position: readonly number[]): void
  record(name: string, value: unknown): void
  /** Changes were missed, or the store is another one now (see `epoch`): nothing more is told until everything has been loaded anew. */
  gap(reason: string): void
  /** The store can't be reached, or can be again. */
  available(connected: boolean): void
}

/** Whether the store can be reached, and since when (epoch milliseconds of the wall clock). */
export interface StoreState {
  readonly connected: boolean
  readonly since: number
}

export interface PresenceStore {
  /** A random name, made with the store: versions of different epochs can't be compared. */
  readonly epoch: string
  /** Whether other nodes write to it as well. */
  readonly shared: boolean
  /** Entries lie in so many shards, each with versions of its own; all those of a user in one. */
  readonly shards: number
  /** The shard of a user, by their folded id: from 0. */
  shardOf(userId: string): number
  /** Of each shard: the version up to which everything was loaded or told. */
  readonly position: readonly number[]
  readonly state: StoreState
  /** How far the time that all nodes share is ahead of this machine's wall clock, in milliseconds. */
  readonly clockOffset: number
  /**
   * Whether what has this version was given it by a store that has gone back since (a failover, a crash) to before it: then nobody has taken
   * it away, it was lost.
   */
  hasLost(userId: string, version: number): boolean
  /**
   * Every entry, at start and after a gap. A store of one node gives those of a user together, as they are when the first is asked for, and so
   * serves backups as well. One of several nodes gives them in no order: one that is changed meanwhile may come again, with neither presence
   * nor mark when it is gone again, and the last word counts; it tells all records to the follower, and follows on from where it ended.
   */
  load(): AsyncIterable<Entry>
  /** About how many entries there are, for whoever shows how far a load is. */
  count(): Promise<number>
  /**
   * Resolves, with what became of each change, when all that were not refused will survive. All or none of them is saved, as far as the
   * store can; rejects with SavingError when it can't save, or can't know. Changes of one save are made in their order.
   */
  save(changes: readonly Change[]): Promise<readonly SaveResult[]>
  /** Small named facts beside the entries (when a source was lost, say), as JSON values. */
  records(): Promise<ReadonlyMap<string, unknown>>
  /** Whether it was saved: not when the guard's fence is an old one. */
  saveRecord(name: string, value: unknown, guard?: Guard): Promise<boolean>
  /** Resolves when every shard refuses older fences of this source. */
  raiseFence(source: string, fence: number): Promise<void>
  /** One follower; the last one counts. */
  follow(follower: Follower): void
  /** One holder among all nodes; embedded: always granted. */
  lease(name: string): Lease
  close(): Promise<void>
}
