// What the store on Redis is opened with.
import type { Log } from '../../core/log.ts'

export interface RedisOptions {
  /** As `redis_url` has it. */
  readonly url: string
  /** Instead of the password in the address; asked at every connection. */
  readonly password?: () => string | undefined
  readonly caFile?: string
  readonly prefix: string
  /** How many shards a store has that is made now. */
  readonly shards?: number
  /** About how many changes the stream of each shard keeps. */
  readonly streamLength?: number
  /** How many replicas must have a save before it is answered. */
  readonly waitReplicas?: number
  /** For how long a lease is granted, in milliseconds. */
  readonly leaseTime?: number
  /** How long Redis has for an answer, in milliseconds. */
  readonly timeout?: number
  readonly log: Log
}
