// Watchers are told of what changes, the newest state of each user, and whoever comes back misses nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SavingError } from '../../../src/core/errors.ts'
import { UserMap } from '../../../src/core/user-map.ts'
import type { Subscription, WatchChoice } from '../../../src/core/watchers.ts'
import { GRACE, MINUTE, ServiceBench } from '../../support/service.ts'

const available = { status: 'available', message: '' } as const
const everybody: WatchChoice = { everybody: true }
const users = (...ids: string[]): WatchChoice => ({ users: new Set(ids) })

/** Takes out everything that waits. */
function told(subscription: Subscription): string[] {
  const ids: string[] = []
  for (let next = subscription.take(); next !== undefined; next = subscription.take()) ids.push(next.userId)
  return ids
}

async function watched(choice: WatchChoice = everybody) {
  const bench = await ServiceBench.start()
  let wakes = 0
  const subscription = bench.service.watching.subscribe(choice, () => {
    wakes += 1
  })
  return { bench, subscription, wakes: () => wakes }
}

test('a watcher is told of those whom it watches, and of nobody else', async () => {
  const { bench, subscription } = await watched(users('ada', 'bob'))
  for (const user of ['Ada', 'eva']) await bench.publish(user, 'busy')
  assert.deepEqual(told(subscription), ['ada'])
})

test('a domain is watched with all who come to it', async () => {
  const { bench, subscription } = await watched({ domain: 'x' })
  for (const user of ['ada@x', 'bob@y', 'carl', 'eva@X']) await bench.publish(user, 'busy')
  assert.deepEqual(told(subscription), ['ada@x', 'eva@x'])
})

test('a heartbeat that changes nothing but its time is no change', async () => {
  const { bench, subscription } = await watched()
  await bench.publish('ada', 'busy', 'writing')
  told(subscription)
  await bench.advance(1_000)
  await bench.publish('ada', 'busy', 'writing')
  assert.deepEqual(told(subscription), [])
  await bench.publish('ada', 'busy', 'reading')
  assert.deepEqual(told(subscription), ['ada'])
})

test('whoever changes again while they wait moves to the tail, and is told once', async () => {
  const { bench, subscription, wakes } = await watched()
  for (const status of ['busy', 'away'] as const) for (const user of ['ada', 'bob']) await bench.publish(user, status)
  await bench.publish('ada', 'busy')
  assert.equal(subscription.length, 2)
  assert.deepEqual(told(subscription), ['bob', 'ada'])
  assert.equal(wakes(), 1, 'woken when something waits where nothing did')
})

test('a passed deadline is told at its time', async () => {
  const { bench, subscription } = await watched()
  await bench.publish('ada', 'busy')
  told(subscription)
  await bench.advance(2 * MINUTE - 1)
  assert.deepEqual(told(subscription), [])
  await bench.advance(1)
  assert.deepEqual(told(subscription), ['ada'])
})

test('a lost collector is told as stale at once, and its grace when it is over', async () => {
  const { bench, subscription } = await watched()
  const session = bench.connect()
  session.publish('ada', available)
  session.settled()
  await bench.advance(0)
  told(subscription)
  session.end('lost')
  await bench.advance(0)
  assert.deepEqual(told(subscription), ['ada'])
  await bench.advance(GRACE)
  assert.deepEqual(told(subscription), ['ada'])
  assert.equal(bench.status('ada'), 'unavailable')
})

test('a user who is taken away is told', async () => {
  const { bench, subscription } = await watched()
  await bench.publish('ada', 'busy')
  told(subscription)
  await bench.service.forget('ada')
  assert.deepEqual(told(subscription), ['ada'])
})

test('changed rules are told to those whom they may concern', async () => {
  const { bench, subscription } = await watched()
  await bench.publish('ada', 'busy')
  told(subscription)
  bench.service.configure({
    combinedOrder: ['available'],
    userMap: new UserMap(),
    forgetAfter: undefined,
    publishable: new Map(),
  })
  await bench.advance(0)
  assert.deepEqual(told(subscription), ['ada'])
})

test('after its end a subscription waits for nothing, and nobody is counted', async () => {
  const { bench, subscription } = await watched(users('ada'))
  subscription.close()
  await bench.publish('ada', 'busy')
  assert.deepEqual([told(subscription), bench.service.watching.count], [[], 0])
})

test('whoever comes back is told who has changed since, and nobody needlessly', async () => {
  const { bench } = await watched()
  const { watching } = bench.service
  await bench.publish('ada', 'busy')
  const position = watching.position
  await bench.publish('bob', 'busy')
  await bench.service.forget('ada')
  assert.ok(watching.remembers(position))
  assert.deepEqual(
    ['ada', 'bob', 'eva'].map((user) => watching.missed(user, position)),
    [true, true, false],
  )
  assert.deepEqual([...watching.removedSince(everybody, position)], ['ada'])
  assert.deepEqual([...watching.removedSince({ domain: 'x' }, position)], [])
})

test('a position holds over a restart; whom collectors saw is told as stale', async () => {
  const { bench } = await watched()
  const session = bench.connect()
  session.publish('ada', available)
  session.settled()
  await bench.advance(0)
  await bench.publish('bob', 'unavailable')
  const position = bench.service.watching.position
  await bench.restart()
  const { watching } = bench.service
  assert.ok(watching.remembers(position))
  assert.deepEqual(
    ['ada', 'bob'].map((user) => watching.missed(user, position)),
    [true, false],
  )
})

test('a position of another store, of the future, or from before what is remembered is not trusted', async () => {
  const { bench } = await watched()
  await bench.publish('ada', 'busy')
  const { epoch, told } = bench.service.watching.position
  await bench.publish('bob', 'busy')
  const { watching } = bench.service
  assert.equal(watching.remembers({ epoch: 'another', told }), false)
  assert.equal(watching.remembers({ epoch, told: [(told[0] ?? 0) + 100] }), false)
  await bench.restart()
  assert.equal(bench.service.watching.remembers({ epoch, told }), false, 'who went away before is not known')
})

test('a deadline whose outcome can not be saved is told to whoever comes back all the same', async () => {
  const { bench } = await watched()
  await bench.publish('ada', 'busy')
  const { position } = bench.service.watching
  assert.equal(bench.service.watching.missed('ada', position), false)
  bench.store.failSaves(new SavingError('the disk is full'))
  await bench.advance(2 * MINUTE)
  assert.equal(bench.service.watching.missed('ada', position), true)
})
