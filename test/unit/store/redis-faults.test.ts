// What the store on Redis does while Redis is away, slow, emptied, trimmed, poisoned, or says no.
import assert from 'node:assert/strict'
import { test as nodeTest, type TestContext } from 'node:test'
import { SavingError, StoreAwayError } from '../../../src/core/errors.ts'
import { openRedisStore, type RedisOptions, type RedisStore } from '../../../src/store/redis.ts'
import { AWAY, all, changes } from '../../contract/store-samples.ts'
import { FollowingNode } from '../../support/following.ts'
import { startProxy } from '../../support/proxy.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'
import { until } from '../../support/until.ts'

const PREFIX = 'p'
const test = (name: string, fn: (t: TestContext) => Promise<void>) => nodeTest(name, { timeout: 25_000 }, fn)

async function server(t: TestContext, settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const started = await startRedis(settings)
  t.after(started.stop)
  return started
}

async function open(t: TestContext, port: number, options: Partial<RedisOptions> = {}): Promise<RedisStore> {
  const url = `redis://127.0.0.1:${port}`
  const store = await openRedisStore({ url, prefix: PREFIX, log: recordedLog(), shards: 2, ...options })
  t.after(() => store.close())
  return store
}

test('saves are refused within their time while Redis does not answer, and go on by themselves', async (t) => {
  const redis = await server(t)
  const store = await open(t, redis.port)
  const node = await new FollowingNode(store).load()
  await store.save(changes('a'))
  redis.pause()
  const asked = performance.now()
  await assert.rejects(store.save(changes('b')), (error: Error) => {
    assert.ok(error instanceof SavingError)
    assert.match(error.message, /^Redis at redis:\/\/127.0.0.1:\d+: no answer within /)
    return true
  })
  assert.ok(performance.now() - asked < 10_000)
  assert.equal(store.state.connected, false)
  redis.resume()
  await node.until(() => node.availability.at(-1) === true)
  await until(() =>
    store.save(changes('c')).then(
      () => true,
      () => false,
    ),
  )
  assert.ok((await all(store)).length >= 2)
})

test('a change that was saved, but whose answer was lost, is told as one of another node', async (t) => {
  const redis = await server(t)
  const proxy = await startProxy(redis.port)
  t.after(proxy.close)
  const store = await open(t, proxy.port)
  const node = await new FollowingNode(store).load()
  // By then Redis knows the script.
  await store.save(changes('mark'))
  // Nothing comes back any more: what is sent now arrives, its answer does not.
  proxy.rewrite(() => Buffer.alloc(0))
  await assert.rejects(store.save(changes('mark')), SavingError)
  proxy.rewrite(undefined)
  proxy.cut()
  await node.until(() => node.told.length > 0)
  assert.equal(node.told[0]?.userId, 'mark')
  assert.equal((await redis.cli('hlen', `{${PREFIX}:${store.shardOf('mark')}}:entries`)).trim(), '1')
})

test('a connection that is cut is made again without anything being missed', async (t) => {
  const redis = await server(t)
  const proxy = await startProxy(redis.port)
  t.after(proxy.close)
  const [store, other] = [await open(t, proxy.port), await open(t, redis.port)]
  const node = await new FollowingNode(store).load()
  for (let round = 0; round < 5; round += 1) {
    proxy.cut()
    await other.save(changes(`user ${round}`))
    await store.save(changes(`own ${round}`))
  }
  await node.until(() => node.told.length === 5)
  assert.deepEqual(node.gaps, [])
})

test('a black hole is noticed by the store itself, also when nobody saves', async (t) => {
  const redis = await server(t)
  const proxy = await startProxy(redis.port)
  t.after(proxy.close)
  const node = await new FollowingNode(await open(t, proxy.port)).load()
  proxy.blackHole(true)
  await node.until(() => node.availability.at(-1) === false)
  proxy.blackHole(false)
  await node.until(() => node.availability.at(-1) === true)
  assert.deepEqual(node.gaps, [])
})

test('a stream that was trimmed beyond what was read is a gap, and everything is there after loading anew', async (t) => {
  const redis = await server(t)
  const proxy = await startProxy(redis.port)
  t.after(proxy.close)
  const [store, other] = [await open(t, proxy.port), await open(t, redis.port)]
  const node = await new FollowingNode(store).load()
  proxy.refuse(true)
  proxy.cut()
  await other.save(changes('a', 'b', 'c', 'd'))
  await other.save([{ userId: 'a', source: 'xmpp' }])
  for (const shard of [0, 1]) await redis.cli('xtrim', `{${PREFIX}:${shard}}:stream`, 'maxlen', '0')
  proxy.refuse(false)
  await until(() => store.state.connected)
  await other.save(changes('e', 'f', 'g', 'h'))
  await node.until(() => node.gaps.length > 0)
  await node.load()
  assert.deepEqual(node.contents, (await new FollowingNode(other).load()).contents)
  await other.save(changes('later'))
  await node.until(() => node.told.at(-1)?.userId === 'later')
})

test('a Redis that is emptied is another store: nothing is saved under the old one, and the gap is told', async (t) => {
  const redis = await server(t)
  const store = await open(t, redis.port)
  const node = await new FollowingNode(store).load()
  await store.save(changes('a', 'b', 'c'))
  const { epoch } = store
  await redis.cli('flushall')
  await store.save(changes('d')).catch((error: unknown) => assert.ok(error instanceof SavingError))
  await node.until(() => node.gaps.length > 0)
  assert.notEqual(store.epoch, epoch)
  await node.load()
  await until(() =>
    store.save(changes('e')).then(
      () => true,
      () => false,
    ),
  )
  assert.ok((await all(store)).some(({ userId }) => userId === 'e'))
  assert.ok(!(await all(store)).some(({ userId }) => userId === 'a'))
})

test('a start anew of Redis is a gap with the same epoch, and no version is given twice', async (t) => {
  const redis = await server(t)
  const store = await open(t, redis.port)
  const node = await new FollowingNode(store).load()
  const [before] = await store.save(changes('mark'))
  const { epoch } = store
  await redis.shutdown()
  await assert.rejects(store.save(changes('x')), SavingError)
  await redis.start()
  await node.until(() => node.gaps.length > 0)
  assert.equal(store.epoch, epoch)
  await node.load()
  assert.deepEqual(
    [...node.known.values()].map(({ userId }) => userId),
    ['mark'],
  )
  const savedAgain = async (): Promise<readonly unknown[]> => await store.save(changes('mark')).catch(() => [])
  let after: unknown
  await until(async () => {
    after = (await savedAgain())[0]
    return after !== undefined
  })
  assert.ok(Number(after) > Number(before) + 1000)
})

test('Redis may forget its scripts', async (t) => {
  const redis = await server(t)
  const store = await open(t, redis.port)
  await store.save(changes('a'))
  await redis.cli('script', 'flush')
  await Promise.all([store.save(changes('b')), store.save(changes('c')), store.saveRecord('r', 1)])
  assert.equal((await all(store)).length, 3)
})

test('what lies in Redis and is not from this daemon is passed over with one line of the log', async (t) => {
  const redis = await server(t)
  const log = recordedLog()
  const store = await open(t, redis.port, { log, shards: 1 })
  const node = await new FollowingNode(store).load()
  const other = await open(t, redis.port)
  await other.save(changes('good'))
  const hash = `{${PREFIX}:0}:entries`
  const poison = ['', 'x', '\\x02', '\\x02Upper\\xffxmpp', '\\x02joe\\xff\\xff', '\\x02joe\\xffxmpp']
  for (const [index, field] of poison.entries()) {
    await redis.cli('eval', `return redis.call('HSET', KEYS[1], "${field}", "${'\\xff'.repeat(index * 7)}")`, '1', hash)
  }
  // A version, times and a status that look right, but for a time beyond every Date.
  const absurd = `struct.pack('<Hddd', 1, 5, 1e300, 0/0)`
  await redis.cli('eval', `return redis.call('HSET', KEYS[1], "\\x02absurd\\xffxmpp", ${absurd})`, '1', hash)
  const stream = `{${PREFIX}:0}:stream`
  await redis.cli('xadd', stream, '77-3', 'who', 'knows')
  await redis.cli('hset', `{${PREFIX}:0}:records`, 'x', '{')
  // The stream is ahead of the versions now, which the store mends.
  await until(() =>
    other.save(changes('better')).then(
      () => true,
      () => false,
    ),
  )
  await node.until(() => node.gaps.length > 0)
  await node.load()
  assert.deepEqual([...node.known.values()].map(({ userId }) => userId).sort(), ['better', 'good'])
  assert.equal((await store.records()).size, 0)
  const told = log.lines.filter(({ text }) => text.includes('is not from this daemon'))
  assert.equal(told.length, 1)
})

test('what Redis refuses is said in words, with what to do, and without the password', async (t) => {
  const redis = await server(t, { requirepass: 'sesame' })
  const url = (login: string): string => `redis://${login}127.0.0.1:${redis.port}`
  const refused = async (options: Partial<RedisOptions>, pattern: RegExp): Promise<void> => {
    await assert.rejects(open(t, 0, options), (error: Error) => {
      assert.ok(error instanceof StoreAwayError, String(error))
      assert.match(error.message, pattern)
      assert.doesNotMatch(error.message, /open-up|sesame/)
      return true
    })
  }
  await refused({ url: url('') }, /it wants a password; .* \(NOAUTH\)$/)
  await refused({ url: url(':open-up@') }, /it refuses the user or the password of redis_url; .* \(WRONGPASS\)$/)
  await redis.cli('-a', 'sesame', 'acl', 'setuser', 'guest', 'on', '>open-up', '~*', '+@read')
  await refused({ url: url('guest:open-up@') }, /lacks a right; .* \(NOPERM\)$/)
  await refused({ url: 'redis://127.0.0.1:1' }, /nobody listens there; .* \(ECONNREFUSED\)$/)
  await refused({ url: `unix://${redis.folder}/no.sock` }, /there is no such socket; .* \(ENOENT\)$/)
  const replica = await server(t, { replicaof: `127.0.0.1 ${redis.port}`, masterauth: 'sesame' })
  await refused({ url: `redis://127.0.0.1:${replica.port}` }, /it is a replica/)
  const store = await open(t, 0, { url: `unix://${redis.socket}?db=3`, password: () => 'sesame' })
  await store.save(changes('by socket'))
})

test('a node that may not read the streams says so once, and sees what others change once it may', async (t) => {
  const redis = await server(t)
  await redis.cli('acl', 'setuser', 'guest', 'on', '>open-up', '~*', '+@all', '-xread')
  const log = recordedLog()
  const store = await open(t, 0, { url: `redis://guest:open-up@127.0.0.1:${redis.port}`, log })
  const node = await new FollowingNode(store).load()
  const refusals = () => log.lines.filter(({ text }) => text.includes('changes by other nodes are not seen'))
  await node.until(() => node.availability.filter((available) => !available).length >= 2)
  assert.equal(refusals().length, 1)
  assert.match(refusals()[0]?.text ?? '', /lacks a right; .* \(NOPERM\)/)
  await (await open(t, redis.port)).save(changes('missed'))
  await redis.cli('acl', 'setuser', 'guest', '+xread')
  await node.until(() => node.told.length > 0)
  assert.equal(node.told[0]?.userId, 'missed')
})

test('a Redis whose memory is full refuses in words, and takes what comes once it has room', async (t) => {
  const redis = await server(t)
  const store = await open(t, redis.port)
  await store.save(changes('a'))
  await redis.cli('config', 'set', 'maxmemory', '1mb')
  await assert.rejects(store.save(changes('b')), /its memory is full \(maxmemory\); give it more \(OOM\)/)
  await redis.cli('config', 'set', 'maxmemory', '0')
  await store.save(changes('c'))
  assert.deepEqual(
    (await all(store)).map(({ userId }) => userId),
    ['a', 'c'],
  )
})

test('a save waits for the replicas that are asked for, and is refused without them', async (t) => {
  const redis = await server(t)
  const store = await open(t, redis.port, { waitReplicas: 1 })
  await assert.rejects(store.save(changes('a')), /only 0 of the 1 replicas that redis_wait_replicas asks for/)
  const replica = await server(t, { replicaof: `127.0.0.1 ${redis.port}` })
  await until(() =>
    store.save(changes('b')).then(
      () => true,
      () => false,
    ),
  )
  const key = `{${PREFIX}:${store.shardOf('b')}}:entries`
  assert.notEqual((await replica.cli('hlen', key)).trim(), '0')
})

test('settings under which presence could vanish are told at the start', async (t) => {
  const redis = await server(t, { appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' })
  const log = recordedLog()
  await open(t, redis.port, { log })
  const said = log.lines.map(({ text }) => text).join('\n')
  assert.match(said, /maxmemory-policy allkeys-lru/)
  assert.match(said, /keeps nothing on its disk/)
})

test('the time of Redis is known, half of the way to it taken off', async (t) => {
  const redis = await server(t)
  const proxy = await startProxy(redis.port)
  t.after(proxy.close)
  proxy.delay(40)
  const store = await open(t, proxy.port)
  assert.ok(Math.abs(store.clockOffset) < 40, String(store.clockOffset))
})

test('a store of another number of shards is opened with its own', async (t) => {
  const redis = await server(t)
  const first = await open(t, redis.port, { shards: 3 })
  await first.save([{ userId: 'mark', source: 'xmpp', presence: AWAY }])
  const second = await open(t, redis.port, { shards: 16 })
  assert.equal(second.shards, 3)
  assert.equal(second.epoch, first.epoch)
  assert.equal((await all(second)).length, 1)
})

test('a store that was emptied before anybody noticed is never loaded as one from which everybody was taken away', async (t) => {
  const redis = await server(t)
  const store = await open(t, redis.port)
  await store.save(changes('a', 'b'))
  const { epoch } = store
  await redis.cli('flushall')
  const loaded = await all(store).catch((error: unknown) => {
    assert.ok(error instanceof SavingError)
    return undefined
  })
  assert.ok(loaded === undefined || store.epoch !== epoch)
})
