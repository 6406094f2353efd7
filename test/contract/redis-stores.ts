// Stores on Redis for the stores' contract: one set of servers for a file of tests, and a prefix of its own for each test.
import { after, before } from 'node:test'
import { silentLog } from '../../src/core/log.ts'
import { openRedisStore, type RedisStore } from '../../src/store/redis.ts'
import { LIMIT } from './bounded.ts'
import { describeSharedStore, describeStore } from './store-contract.ts'

export interface Site {
  readonly url: string
  stop(): Promise<void>
}

/** Declares the whole contract, for stores on the servers that `start` starts. */
export function describeOnRedis(name: string, start: () => Promise<Site>): void {
  let site: Site
  let made = 0
  before(async () => {
    site = await start()
  }, LIMIT)
  // A suite that has taken too long leaves stores open, which would keep this process from ending.
  const ever: RedisStore[] = []
  after(async () => {
    await Promise.all(ever.map((one) => one.close()))
    await site?.stop()
  }, LIMIT)

  const open = async () => {
    made += 1
    const prefix = `test ${made}`
    const opened: RedisStore[] = []
    const another = async (): Promise<RedisStore> => {
      const store = await openRedisStore({ url: site.url, prefix, leaseTime: 900, timeout: 30_000, log: silentLog })
      opened.push(store)
      ever.push(store)
      return store
    }
    return {
      store: await another(),
      another,
      async reopen() {
        await opened.at(-1)?.close()
        return await another()
      },
      async cleanup() {
        await Promise.all(opened.map((one) => one.close()))
      },
    }
  }
  describeStore(name, open)
  describeSharedStore(name, open)
}
