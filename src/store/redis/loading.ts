// Reads everything of a shard: its hash, and then what was changed meanwhile.
import { reason, SavingError } from '../../core/errors.ts'
import type { Entry } from '../../core/store.ts'
import { GapError, type Inbox } from './inbox.ts'
import type { Layout } from './layout.ts'
import { listOf, readItems } from './news.ts'
import type { OwnSaves } from './own-saves.ts'
import type { Poison } from './poison.ts'
import type { Servers } from './servers.ts'
import { readEntry } from './values.ts'

export interface LoadingOptions {
  readonly servers: Servers
  readonly layout: Layout
  readonly inbox: Inbox
  readonly own: OwnSaves
  readonly poison: Poison
}

/** How many entries are asked for at once: a millisecond's work for Redis. */
const AT_ONCE = '1000'
/** How long Redis has for such an answer, in milliseconds: it may have much to do when many nodes load. */
const TIMEOUT = 10_000

/** A slice at a time. Afterwards the inbox stands where the shard's stream ends. Throws GapError when more was changed meanwhile than the stream holds. */
export async function* slicesOfShard(shard: number, options: LoadingOptions): AsyncGenerator<readonly Entry[]> {
  const { servers, layout, inbox, own } = options
  const keys = layout.of(shard)
  const answer = await servers.send(shard, ['HGET', keys.meta, 'version'])
  const version = answer === null ? Number.NaN : Number(answer)
  if (!Number.isSafeInteger(version)) {
    // An empty shard must not be taken for one in which everybody was taken away: greeted anew, it has an epoch of its own.
    servers.suspect(shard)
    throw new GapError('the store was emptied meanwhile')
  }
  // What was saved up to this version is in the hash, but its answer may still be on its way.
  await own.allAnswered()
  const scan = (cursor: string): Promise<unknown> =>
    servers.send(shard, ['HSCAN', keys.entries, cursor, 'COUNT', AT_ONCE], TIMEOUT)
  let next: Promise<unknown> | undefined = scan('0')
  while (next !== undefined) {
    const [cursor, fields]: readonly unknown[] = listOf(await next)
    next = String(cursor) === '0' ? undefined : scan(String(cursor))
    // It may fail while nobody waits for it yet.
    next?.catch(() => {})
    yield entriesIn(listOf(fields), options.poison)
  }
  inbox.begin(shard, version)
  own.passed(shard, version)
  for (;;) {
    const from = `(${inbox.cursors[shard]}`
    const items = readItems(await servers.send(shard, ['XRANGE', keys.stream, from, '+', 'COUNT', AT_ONCE], TIMEOUT))
    if (items.length === 0) break
    const entries: Entry[] = []
    for (const item of items) {
      if (item.version !== undefined) await own.answered(item.token)
      const entry = inbox.judge(shard, item, true)
      if (entry !== undefined) entries.push(entry)
    }
    yield entries
  }
}

/** How many entries there are in all shards. Rejects with SavingError. */
export async function countEntries(shards: number, servers: Servers, layout: Layout): Promise<number> {
  try {
    const lengths = Array.from({ length: shards }, (_, shard) =>
      servers.send(shard, ['HLEN', layout.of(shard).entries]),
    )
    return (await Promise.all(lengths)).reduce((sum: number, length) => sum + Number(length), 0)
  } catch (error) {
    throw new SavingError(servers.words(error), { cause: error })
  }
}

/** HSCAN answers keys and values by turns. */
function entriesIn(fields: readonly unknown[], poison: Poison): readonly Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [key, value] = [fields[at], fields[at + 1]]
    if (!Buffer.isBuffer(key) || !Buffer.isBuffer(value)) continue
    try {
      entries.push(readEntry(key, value))
    } catch (error) {
      poison.found('a hash', key, reason(error))
    }
  }
  return entries
}
