// What is found out of a server before its first use: whether it is a master, in which life, and which store its shards are of.
import { randomUUID } from 'node:crypto'
import { FatalError } from '../../core/errors.ts'
import type { Connection } from './connection.ts'
import { FORMAT, type Layout } from './layout.ts'
import { GREET } from './scripts.ts'

export interface Greeting {
  readonly shard: number
  readonly epoch: string
  /** Changes with every start of the server, and with every change of master. */
  readonly life: string
  /** How many shards the store has, as it was made. */
  readonly shards: number
  readonly version: number
  /** The version before the last jump, up to which the server knew when its life began; undefined: there was none. */
  readonly before: number | undefined
}

/** So far versions jump when a life begins, over all that the one before may have given. */
export const JUMP = 2 ** 20

/** Greets these shards, and makes those that aren't there yet. Throws FatalError for a store of a newer version. */
export async function greet(
  connection: Connection,
  layout: Layout,
  shards: readonly number[],
  count: number,
  leaseTime: number,
): Promise<readonly Greeting[]> {
  const facts = factsOf(String(await connection.send(['INFO'])))
  if (facts.get('role') !== 'master') throw new Error('READONLY it is a replica')
  if (facts.get('loading') === '1') throw new Error('LOADING it loads')
  const life = `${facts.get('run_id')} ${facts.get('master_replid')}`
  // A server that has just started may have been emptied by that; the seconds are whole ones.
  const young = Number(facts.get('uptime_in_seconds') ?? 0) * 1000 < leaseTime + 1000
  return await Promise.all(
    shards.map(async (shard) => {
      const { meta, stream } = layout.of(shard)
      const rests = [String(leaseTime), String(young ? leaseTime : 0)]
      const args = [life, randomUUID(), String(count), ...rests, String(FORMAT), String(JUMP)]
      const answer = await connection.run(GREET, [meta, layout.rest(shard), stream], args)
      const [epoch, made, format, version, before = ''] = (Array.isArray(answer) ? answer : []).map(String)
      if (Number(format) > FORMAT) {
        throw new FatalError(
          `the store "${layout.prefix}" has format ${format}, made by a newer version; this one reads up to ${FORMAT}: ` +
            'install that version again, or set redis_prefix to another name to begin without saved presence',
        )
      }
      return {
        shard,
        epoch: epoch ?? '',
        life,
        shards: Number(made),
        version: Number(version),
        before: before === '' ? undefined : Number(before),
      }
    }),
  )
}

/** The answer to INFO: lines of name:value. */
export function factsOf(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\r\n').map((line): [string, string] => {
    const split = line.indexOf(':')
    return [line.slice(0, split), line.slice(split + 1)]
  })
  return new Map(pairs)
}
