// The store on a Redis Cluster keeps the contract.
import { startCluster } from '../support/redis.ts'
import { describeOnRedis } from './redis-stores.ts'

describeOnRedis('redis+cluster', startCluster)
