// Which server holds which shard now: the one address, the master that the Sentinels name, or the masters of a Cluster.
import { reason } from '../../core/errors.ts'
import type { RedisAddress } from '../../core/redis-address.ts'
import { Connection, type ConnectionOptions, type Place, placeName } from './connection.ts'
import type { Layout } from './layout.ts'

export interface Master {
  readonly place: Place
  readonly shards: readonly number[]
  /** The same by what one command may read: a Cluster refuses keys of several slots in one (CROSSSLOT), also if one server has them all. */
  readonly together: readonly (readonly number[])[]
}

/** Finds out anew who holds what. Rejects with what went wrong when nobody says it. */
export async function discover(
  address: RedisAddress,
  options: ConnectionOptions,
  layout: Layout,
  shards: number,
): Promise<readonly Master[]> {
  const { site } = address
  const all = Array.from({ length: shards }, (_, shard) => shard)
  if (site.kind === 'single') return [{ place: site.at, shards: all, together: [all] }]
  const failures: string[] = []
  for (const place of site.at) {
    try {
      if (site.kind === 'cluster') return await ofCluster(place, options, layout, all)
      return [{ place: await ofSentinel(place, options, site.name), shards: all, together: [all] }]
    } catch (error) {
      failures.push(`${placeName(place)}: ${reason(error)}`)
    }
  }
  throw new Error(`none of them helps (${failures.join('; ')})`)
}

async function ofSentinel(place: Place, options: ConnectionOptions, name: string): Promise<Place> {
  const answer = await asked(place, { ...options, database: 0 }, (connection) =>
    connection.send(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]),
  )
  if (!Array.isArray(answer)) throw new Error(`this Sentinel watches nothing named ${name}`)
  return { host: String(answer[0]), port: Number(answer[1]) }
}

/** Sentinels often have no password of their own: then the one for Redis is not for them. */
async function asked<Answer>(
  place: Place,
  options: ConnectionOptions,
  ask: (connection: Connection) => Promise<Answer>,
): Promise<Answer> {
  const nobody = { ...options, credentials: () => ({ username: undefined, password: undefined }) }
  for (const as of [nobody, options]) {
    const connection = await Connection.open(place, as)
    try {
      return await ask(connection)
    } catch (error) {
      if (as === options || !reason(error).startsWith('NOAUTH')) throw error
    } finally {
      connection.close()
    }
  }
  throw new Error('NOAUTH it refuses both')
}

async function ofCluster(
  place: Place,
  options: ConnectionOptions,
  layout: Layout,
  shards: readonly number[],
): Promise<readonly Master[]> {
  const connection = await Connection.open(place, options)
  try {
    const ranges = await connection.send(['CLUSTER', 'SLOTS'])
    const slots = await Promise.all(
      shards.map((shard) => connection.send(['CLUSTER', 'KEYSLOT', layout.of(shard).meta])),
    )
    const masters = new Map<string, { place: Place; bySlot: Map<number, number[]> }>()
    for (const shard of shards) {
      const slot = Number(slots[shard])
      const found = masterOf(slot, ranges, place)
      const known = masters.get(placeName(found)) ?? { place: found, bySlot: new Map<number, number[]>() }
      masters.set(placeName(found), known)
      known.bySlot.set(slot, [...(known.bySlot.get(slot) ?? []), shard])
    }
    return [...masters.values()].map(({ place: at, bySlot }) => {
      const together = [...bySlot.values()]
      return { place: at, shards: together.flat(), together }
    })
  } finally {
    connection.close()
  }
}

/** `CLUSTER SLOTS`: a list of first slot, last slot, master (host, port, ...), replicas. */
function masterOf(slot: number, ranges: unknown, asked: Place): Place {
  for (const range of Array.isArray(ranges) ? ranges : []) {
    if (!Array.isArray(range)) continue
    const [first, last, master]: readonly unknown[] = range
    if (!(Number(first) <= slot && slot <= Number(last)) || !Array.isArray(master)) continue
    const host = String(master[0] ?? '')
    // A node that doesn't know its own address means the one at which it was asked.
    const named = host === '' || host === '?' ? ('host' in asked ? asked.host : '127.0.0.1') : host
    return { host: named, port: Number(master[1]) }
  }
  throw new Error(`CLUSTERDOWN no master has slot ${slot}`)
}
