// The store on Redis under a Sentinel keeps the contract.
import { startSentinelSet } from '../support/redis.ts'
import { describeOnRedis } from './redis-stores.ts'

describeOnRedis('redis+sentinel', startSentinelSet)
