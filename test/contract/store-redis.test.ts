// The store on one Redis server keeps the contract.
import { startRedis } from '../support/redis.ts'
import { describeOnRedis } from './redis-stores.ts'

describeOnRedis('redis', async () => {
  const server = await startRedis()
  return { url: `redis://127.0.0.1:${server.port}/1`, stop: server.stop }
})
