// What comes out of the streams, in order: own changes left out, gaps found, the rest told.
import { reason } from '../../core/errors.ts'
import type { Entry, Follower } from '../../core/store.ts'
import { NEWS } from './layout.ts'
import type { ForeignItem, NewsItem } from './news.ts'
import type { OwnSaves } from './own-saves.ts'
import type { Poison } from './poison.ts'
import { readEntry } from './values.ts'

export interface InboxOptions {
  readonly own: OwnSaves
  readonly poison: Poison
  readonly follower: () => Follower | undefined
  /** A lease was given back. */
  leaseFreed(name: string): void
}

export class Inbox {
  readonly #options: InboxOptions
  /** Of each shard: the version up to which everything is known. */
  readonly positions: number[]
  /** Of each shard: the place in its stream up to which it was read. */
  readonly cursors: string[]

  constructor(shards: number, options: InboxOptions) {
    this.#options = options
    this.positions = new Array<number>(shards).fill(0)
    this.cursors = new Array<string>(shards).fill('0-0')
  }

  /** A shard is known up to this version. */
  begin(shard: number, version: number): void {
    this.positions[shard] = version
    this.cursors[shard] = `${version}-0`
  }

  /** Tells what is in the next items of a shard. Throws when some before them are missing. */
  async take(shard: number, items: readonly (NewsItem | ForeignItem)[], signal: AbortSignal): Promise<void> {
    let entries: Entry[] = []
    for (const item of items) {
      if (item.version !== undefined) {
        const answered = this.#options.own.answered(item.token)
        if (answered !== undefined) {
          this.#tell(entries)
          entries = []
          await answered
        }
        if (signal.aborted) return
      }
      const entry = this.judge(shard, item)
      if (entry !== undefined) entries.push(entry)
    }
    this.#tell(entries)
  }

  /** The entry to be told, if it is one (while loading also an own one); takes notice of everything else. Throws when items before it are missing. */
  judge(shard: number, item: NewsItem | ForeignItem, loading = false): Entry | undefined {
    this.cursors[shard] = item.id
    const { own, poison } = this.#options
    if (item.version === undefined) {
      poison.found('a stream', Buffer.from(item.id), 'it has other fields')
      return undefined
    }
    const { version, token, key, value } = item
    const expected = (this.positions[shard] ?? 0) + 1
    if (version !== expected) throw new GapError(`its stream goes on with ${version}, not with ${expected}`)
    this.positions[shard] = version
    if (!own.isNews(shard, token, key, version) && !loading) return undefined
    try {
      if (key[0] === NEWS.entry) return readEntry(key, value, version)
      this.#tellOther(key, value)
    } catch (error) {
      poison.found('a stream', key, reason(error))
    }
    return undefined
  }

  #tell(entries: readonly Entry[]): void {
    this.#options.follower()?.changed(entries, [...this.positions])
  }

  #tellOther(key: Buffer, value: Buffer): void {
    const name = key.toString('utf8', 1)
    if (key[0] === NEWS.lease) this.#options.leaseFreed(name)
    else if (key[0] === NEWS.record) this.#options.follower()?.record(name, JSON.parse(value.toString('utf8')))
    else throw new TypeError('a key is of another kind')
  }
}

/** Changes were missed. */
export class GapError extends Error {
  override readonly name = 'GapError'
}
