// The store on Redis, which several nodes share: state in hashes, changes in streams, both in shards. Here it is opened.
import { FatalError, StoreAwayError } from '../core/errors.ts'
import { parseAddress, type RedisAddress } from '../core/redis-address.ts'
import { Connection, type ConnectionOptions, type Credentials } from './redis/connection.ts'
import { discover } from './redis/discovery.ts'
import { inWords } from './redis/faults.ts'
import { Layout } from './redis/layout.ts'
import type { RedisOptions } from './redis/options.ts'
import { RedisStore } from './redis/store.ts'

export type { RedisOptions } from './redis/options.ts'
export type { RedisStore } from './redis/store.ts'

const SHARDS = 8
const TIMEOUT = 2_000
/**
 * Opens the store, or makes it. Throws, with a sentence for the administrator, StoreAwayError when it can't be reached or used now, and
 * ConfigError or FatalError when trying again can't help.
 */
export async function openRedisStore(options: RedisOptions): Promise<RedisStore> {
  const address = parseAddress(options.url)
  const credentials = (): Credentials => {
    return { username: address.username, password: options.password?.() ?? address.password }
  }
  const { caFile, timeout = TIMEOUT } = options
  const connection = { tls: address.tls, caFile, database: address.database, timeout, credentials }
  const layout = new Layout(options.prefix)
  const shards = await shardsOf(address, connection, layout, options.shards ?? SHARDS)
  const store = new RedisStore(options, address, connection, layout, shards)
  try {
    await store.start()
    return store
  } catch (error) {
    await store.close()
    if (error instanceof FatalError || error instanceof StoreAwayError) throw error
    throw new StoreAwayError(`Redis at ${address.shown}: ${inWords(error)}`, { cause: error })
  }
}

/** As many as the store was made with. */
async function shardsOf(
  address: RedisAddress,
  options: ConnectionOptions,
  layout: Layout,
  otherwise: number,
): Promise<number> {
  try {
    const [master] = await discover(address, options, layout, 1)
    if (master === undefined) return otherwise
    const connection = await Connection.open(master.place, options)
    const made = await connection.send(['HGET', layout.of(0).meta, 'shards']).finally(() => connection.close())
    const count = Number(String(made ?? otherwise))
    if (!(Number.isInteger(count) && count >= 1 && count <= 1024))
      throw new Error(`it says that it has ${count} shards`)
    return count
  } catch (error) {
    if (error instanceof FatalError) throw error
    throw new StoreAwayError(`Redis at ${address.shown}: ${inWords(error)}`, { cause: error })
  }
}
