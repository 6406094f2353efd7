// Where a watcher stands among the changes of the store: on any node it can go on from there.

/** How much of the store somebody was told; versions of different epochs can't be compared. */
export interface Position {
  readonly epoch: string
  /** Of each shard: nothing up to this version was missed. */
  readonly told: readonly number[]
  /** Of each shard: the newest version that was shown, though maybe not all before it. Absent: as `told`. */
  readonly seen?: readonly number[]
}

/** Whether, in each shard, one is not less than the other. */
export function reaches(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && other.every((version, shard) => (one[shard] ?? 0) >= version)
}
