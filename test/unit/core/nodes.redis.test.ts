// The presence service of several nodes on a real Redis that is killed, emptied, stopped, trimmed, made forgetful and poisoned.
import assert from 'node:assert/strict'
import { test as nodeTest, type TestContext } from 'node:test'
import { systemClock } from '../../../src/core/clock.ts'
import { SavingError } from '../../../src/core/errors.ts'
import { openRedisStore, type RedisStore } from '../../../src/store/redis.ts'
import { Client, Node } from '../../support/nodes.ts'
import { startProxy } from '../../support/proxy.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { startRedis } from '../../support/redis.ts'
import { until } from '../../support/until.ts'

const test = (name: string, fn: (t: TestContext) => Promise<void>) => nodeTest(name, { timeout: 60_000 }, fn)

async function openNode(t: TestContext, port: number, name: string): Promise<Node<RedisStore>> {
  const store = await openRedisStore({ url: `redis://127.0.0.1:${port}`, prefix: 'p', log: recordedLog(), shards: 4 })
  const clock = systemClock(0, () => store.clockOffset)
  const node = await Node.start(store, name, clock)
  t.after(() => node.service.close())
  return node
}

async function site(t: TestContext, count = 2, settings: Readonly<Record<string, string>> = {}) {
  const redis = await startRedis(settings)
  t.after(redis.stop)
  const nodes: Node<RedisStore>[] = []
  for (let index = 0; index < count; index += 1) nodes.push(await openNode(t, redis.port, `node ${index}`))
  const [one, other] = nodes
  assert.ok(one && other)
  return { redis, nodes, one, other }
}

/** Until all show the same of these users, which is what the first one shows. */
async function equal(t: TestContext, nodes: readonly Node<RedisStore>[], users: readonly string[]): Promise<void> {
  const [first] = nodes
  assert.ok(first)
  await until(() => users.every((user) => nodes.every((node) => node.shows(user) === first.shows(user))), t.signal)
}

const users = Array.from({ length: 40 }, (_, index) => `user ${index}@x`)

/** Publishes until it is answered with success. */
async function insist(t: TestContext, node: Node<RedisStore>, user: string, message: string): Promise<void> {
  const publish = (): Promise<boolean> =>
    node.publish(user, 'busy', message).then(
      () => true,
      (error: unknown) => {
        assert.ok(error instanceof SavingError, String(error))
        return false
      },
    )
  await until(publish, t.signal)
}

test('what one node is told the others show, and a client who changes between them goes on', async (t) => {
  const { nodes, one, other } = await site(t, 3)
  const client = new Client()
  await client.connect(one)
  await Promise.all(users.map((user, index) => nodes[index % 3]?.publish(user, 'busy', user)))
  await equal(t, nodes, users)
  client.read()
  client.disconnect()
  await Promise.all(users.slice(0, 5).map((user) => one.publish(user, 'away', 'later')))
  assert.equal(await client.connect(other), true)
  await until(() => {
    client.read()
    return users.every((user) => client.known.get(user) === one.wire(user))
  }, t.signal)
})

test('tabs that speak through different nodes at the same moment are all kept', async (t) => {
  const { nodes, one, other } = await site(t)
  const tabs = Array.from({ length: 12 }, (_, index) => `tab ${index}`)
  await Promise.all(tabs.map((device, index) => (index % 2 ? one : other).publish('ada', 'busy', device, { device })))
  await equal(t, nodes, ['ada'])
  const devices = one.service
    .read('ada')
    .sources.get('spreed')
    ?.devices?.map(({ device }) => device)
  assert.deepEqual(devices?.toSorted(), tabs.toSorted())
})

test('a Redis that was killed, and keeps what it was told: publications are refused meanwhile, and nothing that was answered is lost', async (t) => {
  const { redis, nodes, one, other } = await site(t)
  for (const user of users) await one.publish(user, 'busy', 'before')
  await redis.kill()
  await assert.rejects(other.publish('ada', 'busy'), SavingError)
  assert.equal(other.status('user 1@x'), 'busy')
  await until(() => !one.service.store.connected, t.signal)
  await redis.start()
  await insist(t, other, 'ada', 'after')
  await equal(t, nodes, [...users, 'ada'])
  assert.match(one.shows('ada'), /after/)
  assert.match(one.shows('user 39@x'), /before/)
  await until(() => one.service.store.connected && one.service.store.complete, t.signal)
})

test('a Redis that comes back empty is given everything again, and what was newest wins', async (t) => {
  const { redis, nodes, one, other } = await site(t, 2, { appendonly: 'no' })
  for (const user of users) await one.publish(user, 'busy', 'before')
  await equal(t, nodes, users)
  await redis.kill()
  await redis.start()
  await insist(t, one, 'ada', 'after')
  await equal(t, nodes, [...users, 'ada'])
  assert.match(one.shows('user 39@x'), /before/)
  const stored = async (): Promise<number> => {
    const counts = [0, 1, 2, 3].map((shard) => redis.cli('hlen', `{p:${shard}}:entries`))
    return (await Promise.all(counts)).reduce((sum, count) => sum + Number(count), 0)
  }
  await until(async () => (await stored()) === users.length + 1, t.signal)
  await other.publish('user 3@x', 'away', 'still going')
  await equal(t, [other, one], users)
  const fresh = await openNode(t, redis.port, 'fresh')
  for (const user of [...users, 'ada']) assert.equal(fresh.shows(user), one.shows(user))
})

test('what a Redis has lost with its last moments is saved again, also of whom it had never known; who was taken away is not', async (t) => {
  const { redis, nodes, one, other } = await site(t, 2, { appendonly: 'no' })
  for (const user of ['changed', 'withdrawn']) await one.publish(user, 'busy', 'before')
  await redis.cli('save')
  await other.publish('changed', 'away', 'after')
  await other.publish('created', 'busy', 'after')
  await equal(t, nodes, ['changed', 'created'])
  const third = await openRedisStore({ url: `redis://127.0.0.1:${redis.port}`, prefix: 'p', log: recordedLog() })
  t.after(() => third.close())
  await redis.kill()
  await redis.start()
  // Whether the nodes have loaded anew by then or not.
  const withdraw = (): Promise<boolean> =>
    third.save([{ userId: 'withdrawn', source: 'spreed' }]).then(
      () => true,
      () => false,
    )
  await until(withdraw, t.signal)
  await until(() => nodes.every((node) => node.service.store.connected && node.service.store.complete), t.signal)
  const fresh = await openNode(t, redis.port, 'fresh')
  await until(() => ['changed', 'created'].every((user) => fresh.shows(user).includes('after')), t.signal)
  await equal(t, [fresh, one, other], ['changed', 'created', 'withdrawn'])
  assert.equal(fresh.service.read('withdrawn').sources.size, 0)
})

test('FLUSHALL under the feet of nodes that go on publishing', async (t) => {
  const { redis, nodes, one, other } = await site(t)
  for (const user of users) await one.publish(user, 'busy', 'before')
  await equal(t, nodes, users)
  await redis.cli('flushall')
  await insist(t, other, 'user 0@x', 'after')
  await until(() => nodes.every((node) => node.service.store.complete), t.signal)
  await equal(t, nodes, users)
  assert.match(one.shows('user 0@x'), /after/)
  const fresh = await openNode(t, redis.port, 'fresh')
  await until(() => users.every((user) => fresh.shows(user) === one.shows(user)), t.signal)
})

test('a Redis that stands still for a while', async (t) => {
  const { redis, nodes, one, other } = await site(t)
  await one.publish('ada', 'busy', 'before')
  await equal(t, nodes, ['ada'])
  redis.pause()
  await assert.rejects(one.publish('bob', 'busy'), SavingError)
  assert.equal(other.status('ada'), 'busy')
  redis.resume()
  await insist(t, one, 'bob', 'after')
  await equal(t, nodes, ['ada', 'bob'])
})

test('a stream that was trimmed while a node was cut off, scripts that were forgotten, and entries that nobody of us has written', async (t) => {
  const { redis, one } = await site(t)
  const proxy = await startProxy(redis.port)
  t.after(proxy.close)
  const far = await openNode(t, proxy.port, 'far')
  for (const user of users) await one.publish(user, 'busy', 'before')
  await equal(t, [one, far], users)
  const client = new Client()
  await client.connect(far)
  proxy.refuse(true)
  proxy.cut()
  for (const user of users) await one.publish(user, 'away', 'meanwhile')
  await one.service.forget('user 7@x')
  for (const shard of [0, 1, 2, 3]) await redis.cli('xtrim', `{p:${shard}}:stream`, 'maxlen', '0')
  await redis.cli('script', 'flush')
  for (const shard of [0, 1, 2, 3]) {
    await redis.cli(
      'eval',
      `return redis.call('HSET', KEYS[1], "\\x02joe\\xffspreed", "\\xff\\xff\\xff")`,
      '1',
      `{p:${shard}}:entries`,
    )
  }
  await redis.cli('hset', '{p:0}:records', '\\x01source spreed', '{')
  assert.match(far.shows('user 1@x'), /before/)
  proxy.refuse(false)
  await one.publish('later', 'busy')
  await equal(t, [one, far], [...users, 'later'])
  await until(() => {
    client.read()
    return users.every((user) => client.known.get(user) === (user === 'user 7@x' ? undefined : one.wire(user)))
  }, t.signal)
  assert.equal(far.service.read('user 7@x').sources.size, 0)
  assert.equal(one.service.read('joe').sources.size, 0)
})

test('nodes that publish, are cut off and come back while Redis is killed end equal, and have all that was answered', async (t) => {
  const { redis, one, other } = await site(t)
  const proxy = await startProxy(redis.port)
  t.after(proxy.close)
  const far = await openNode(t, proxy.port, 'far')
  const nodes = [one, other, far]
  const answered = new Map<string, number>()
  let count = 0
  const publish = async (user: string, node: Node<RedisStore>): Promise<void> => {
    count += 1
    const number = count
    await node.publish(user, 'busy', String(number)).then(
      () => answered.set(user, Math.max(number, answered.get(user) ?? 0)),
      (error: unknown) => assert.ok(error instanceof SavingError, String(error)),
    )
  }
  // Each user speaks through one node at a time, and waits for the answer.
  const rounds = 60
  const speak = async (user: string, at: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) await publish(user, nodes[(round + at) % 3] ?? one)
  }
  const speaking = Promise.all(users.slice(0, 12).map(speak))
  await until(() => count > 100, t.signal)
  proxy.cut()
  await until(() => count > 200, t.signal)
  await redis.kill()
  await redis.start()
  proxy.cut()
  await speaking
  await until(() => nodes.every((node) => node.service.store.connected && node.service.store.complete), t.signal)
  await equal(t, nodes, users)
  for (const [user, number] of answered) {
    const said = Number(one.service.read(user).sources.get('spreed')?.message)
    assert.ok(said >= number, `${user} was answered ${number} and has ${said}`)
  }
})
