// Saves changes: by shards, in scripts that are short enough never to hold Redis up, and answered truthfully.
import { reason, SavingError } from '../../core/errors.ts'
import type { Change, Guard, SaveResult } from '../../core/store.ts'
import { plainKey } from '../entry-keys.ts'
import type { Argument, Connection } from './connection.ts'
import { codeOf } from './faults.ts'
import { type Layout, NEWS, shardOf } from './layout.ts'
import { listOf } from './news.ts'
import type { OwnSaves, Saved } from './own-saves.ts'
import { FENCE, RECORD, SAVE } from './scripts.ts'
import type { Servers } from './servers.ts'
import { encodeChange, readEntry } from './values.ts'

export interface SavingOptions {
  readonly servers: Servers
  readonly layout: Layout
  readonly shards: number
  readonly own: OwnSaves
  /** As it is known of each shard. */
  epochOf(shard: number): string
  /** About how many changes a stream keeps. */
  readonly streamLength: number
  /** How many replicas must have a save before it is answered. */
  readonly replicas: number
}

/** How many changes go into one script: two or three milliseconds' work. */
const SLICE = 250
/** How long the replicas have, in milliseconds. */
const REPLICAS_TIMEOUT = 1_000

interface Row {
  readonly index: number
  readonly change: Change
  readonly key: Buffer
}

export class Saving {
  readonly #options: SavingOptions

  constructor(options: SavingOptions) {
    this.#options = options
  }

  async save(changes: readonly Change[]): Promise<readonly SaveResult[]> {
    const byShard = new Map<number, Row[]>()
    for (const [index, change] of changes.entries()) {
      const shard = shardOf(change.userId, this.#options.shards)
      const rows = byShard.get(shard) ?? []
      byShard.set(shard, rows)
      rows.push({ index, change, key: plainKey(change.userId, change.source) })
    }
    const results = new Array<SaveResult>(changes.length)
    const own = this.#options.own.begin()
    const outcomes = await Promise.allSettled(
      [...byShard].map(async ([shard, rows]) => {
        // One after the other: a change is judged by what the same save has saved before.
        for (let at = 0; at < rows.length; at += SLICE) {
          await this.#saveSlice(shard, rows.slice(at, at + SLICE), own.token, results)
        }
      }),
    )
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) {
      own.done(undefined)
      throw this.#failure(failed.reason)
    }
    const saved: Saved[] = []
    for (const [shard, rows] of byShard) {
      for (const { index, key } of rows) {
        const version = results[index]
        if (typeof version === 'number') saved.push({ shard, key, version })
      }
    }
    own.done(saved)
    return results
  }

  async saveRecord(name: string, value: unknown, guard: Guard | undefined): Promise<boolean> {
    const { servers, layout, own } = this.#options
    const { meta, stream } = layout.of(0)
    const save = own.begin()
    const key = Buffer.concat([Buffer.from([NEWS.record]), Buffer.from(name)])
    const guarded = [guard?.source ?? '', guard === undefined ? '' : String(guard.fence)]
    const args = [...this.#common(0, save.token), key, JSON.stringify(value), ...guarded]
    try {
      const answer = await servers.run(0, RECORD, [meta, layout.records, stream], args, (said, by) =>
        this.#kept(said, by),
      )
      const version = Number(answer)
      save.done(version > 0 ? [{ shard: 0, key, version }] : [])
      return version > 0
    } catch (error) {
      save.done(undefined)
      throw this.#failure(error)
    }
  }

  async raiseFence(source: string, fence: number): Promise<void> {
    const { servers, layout, shards } = this.#options
    try {
      await Promise.all(
        Array.from({ length: shards }, (_, shard) => {
          const args = [this.#options.epochOf(shard), source, String(fence)]
          return servers.run(shard, FENCE, [layout.of(shard).meta], args, (said, by) => this.#kept(said, by))
        }),
      )
    } catch (error) {
      throw this.#failure(error)
    }
  }

  async #saveSlice(shard: number, rows: readonly Row[], token: string, results: SaveResult[]): Promise<void> {
    const { servers, layout } = this.#options
    const { meta, entries, stream } = layout.of(shard)
    const args: Argument[] = this.#common(shard, token)
    for (const { change, key } of rows) {
      const { ifVersion, fence, source } = change
      args.push(key, encodeChange(change), source, ifVersion === undefined ? '' : String(ifVersion))
      args.push(fence === undefined ? '' : String(fence))
    }
    try {
      const answer = await servers.run(shard, SAVE, [meta, entries, stream], args, (said, by) => this.#kept(said, by))
      const answers = listOf(answer)
      for (const [at, { index, key }] of rows.entries()) results[index] = resultOf(answers[at], key)
    } catch (error) {
      // The store is another one now, or its stream is ahead of it: it has to be greeted anew.
      if (codeOf(error) === 'EPOCH' || /specified in XADD/.test(reason(error))) servers.suspect(shard)
      throw error
    }
  }

  #common(shard: number, token: string): string[] {
    return [this.#options.epochOf(shard), token, String(this.#options.streamLength)]
  }

  /** Waits for the replicas, on the connection on which it was saved. */
  async #kept(answer: unknown, connection: Connection): Promise<unknown> {
    const { replicas } = this.#options
    if (replicas === 0) return answer
    const have = await connection.send(['WAIT', String(replicas), String(REPLICAS_TIMEOUT)])
    if (Number(have) >= replicas) return answer
    throw new Error(
      `only ${Number(have)} of the ${replicas} replicas that redis_wait_replicas asks for have it in time`,
    )
  }

  #failure(error: unknown): SavingError {
    return new SavingError(this.#options.servers.words(error), { cause: error })
  }
}

/** A version, or the value that is there instead in a list of its own, or a word. */
function resultOf(answer: unknown, key: Buffer): SaveResult {
  if (typeof answer === 'number') return answer
  if (!Array.isArray(answer)) return { refused: 'fence' }
  const [value]: readonly unknown[] = answer
  const isThere = Buffer.isBuffer(value) && value.length > 0
  return { refused: 'version', current: isThere ? readEntry(key, value) : undefined }
}
