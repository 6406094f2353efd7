// Where things lie in Redis: the keys of each shard, all in one slot of a Cluster, and which shard a user is in.

/** The first byte of a key in a shard's stream tells what it is of; that of entries is the one of their keys (entry-keys.ts). */
export const NEWS = { record: 1, entry: 2, lease: 3 } as const

/** The newest format that this version reads, and the one that it writes. */
export const FORMAT = 1

export interface ShardKeys {
  /** A hash: epoch, shards, format, version, life, fence and "fence:SOURCE". */
  readonly meta: string
  /** A hash: key of an entry -> its value. */
  readonly entries: string
  /** A stream: each change under its version. */
  readonly stream: string
}

export class Layout {
  readonly prefix: string

  constructor(prefix: string) {
    this.prefix = prefix
  }

  of(shard: number): ShardKeys {
    const base = this.#base(shard)
    return { meta: `${base}:meta`, entries: `${base}:entries`, stream: `${base}:stream` }
  }

  /** A hash: key of a record -> JSON. Records, and leases, lie in the first shard. */
  get records(): string {
    return `${this.#base(0)}:records`
  }

  lease(name: string): string {
    return `${this.#base(0)}:lease:${name}`
  }

  /** While it is there, nobody is granted a lease that they did not hold. */
  rest(shard: number): string {
    return `${this.#base(shard)}:rest`
  }

  /** The braces make Redis Cluster look only at what is between them (the hash tag of its specification). */
  #base(shard: number): string {
    return `{${this.prefix}:${shard}}`
  }
}

/** The shard of a folded id: FNV-1a over its UTF-16 units, mixed. Never to be changed: it says where everybody lies. */
export function shardOf(userId: string, shards: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < userId.length; index += 1) hash = Math.imul(hash ^ userId.charCodeAt(index), 0x01000193)
  hash ^= hash >>> 15
  return (hash >>> 0) % shards
}
