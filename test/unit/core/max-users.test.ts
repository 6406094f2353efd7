// How many users clients can make: exactly the bound, whoever else publishes at the same time, and never at a collector's cost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TooManyUsersError } from '../../../src/core/errors.ts'
import type { Status } from '../../../src/core/presence.ts'
import { ServiceBench } from '../../support/service.ts'

const BUSY = { status: 'busy' as Status, message: '' }

function spreed(...userIds: string[]) {
  return userIds.map((userId) => ({ userId, source: 'spreed', ...BUSY }))
}

function known({ service }: ServiceBench): number {
  return service.page({ limit: 1_000 }).users.length
}

test('clients make as many users as max_users, one more is refused, and those who are known can be updated', async () => {
  const bench = await ServiceBench.start({ maxUsers: 2 })
  await bench.service.publish(spreed('ada', 'bob'))
  await assert.rejects(bench.service.publish(spreed('eve')), TooManyUsersError)
  await bench.service.publish([{ userId: 'ADA', source: 'spreed', status: 'away', message: '' }])
  await bench.service.publish([{ userId: 'bob', source: 'manual', ...BUSY }])
  assert.deepEqual([bench.status('ada'), bench.status('bob'), known(bench)], ['away', 'busy', 2])
})

test('a batch that would make one user too many changes nobody', async () => {
  const bench = await ServiceBench.start({ maxUsers: 2 })
  await bench.publish('ada', 'away')
  await assert.rejects(bench.service.publish(spreed('ada', 'bob', 'eve')), TooManyUsersError)
  assert.deepEqual([bench.status('ada'), known(bench)], ['away', 1])
  await bench.service.publish(spreed('ada', 'bob', 'BOB'))
  assert.equal(known(bench), 2)
})

test('requests that wait for the store together make no more users than one after the other', async () => {
  const bench = await ServiceBench.start({ maxUsers: 5 })
  const release = bench.store.holdSaves()
  const names = Array.from({ length: 20 }, (_, index) => `user${index}`)
  const all = Promise.allSettled(names.map((name) => bench.service.publish(spreed(name))))
  // The same user twice takes one place.
  const again = bench.service.publish(spreed('user0'))
  release()
  assert.equal((await all).filter(({ status }) => status === 'fulfilled').length, 5)
  await again
  assert.equal(known(bench), 5)
})

test('who is forgotten and published again meanwhile keeps the place', async () => {
  const bench = await ServiceBench.start({ maxUsers: 1 })
  await bench.publish('ada', 'busy')
  const forgotten = bench.service.forget('ada')
  // While that is being saved the newer word of ada waits, and counts.
  await new Promise((resolve) => setImmediate(resolve))
  const again = bench.publish('ada', 'away')
  await forgotten
  await assert.rejects(bench.publish('bob', 'busy'), TooManyUsersError)
  await again
  assert.deepEqual([bench.status('ada'), known(bench)], ['away', 1])
})

test('a place is free again after a save that failed, and when somebody is forgotten', async () => {
  const bench = await ServiceBench.start({ maxUsers: 1 })
  bench.store.failSaves(new Error('disk full'))
  await assert.rejects(bench.publish('ada', 'busy'), /disk full/)
  bench.store.failSaves()
  await bench.publish('bob', 'busy')
  await assert.rejects(bench.publish('ada', 'busy'), TooManyUsersError)
  await bench.service.forget('bob')
  await bench.publish('ada', 'busy')
  assert.equal(known(bench), 1)
})

test('collectors always get theirs in, and taking back needs no place', async () => {
  const bench = await ServiceBench.start({ maxUsers: 1 })
  const session = bench.connect()
  for (const name of ['ada', 'bob', 'eve']) session.publish(name, BUSY)
  await bench.service.idle()
  assert.equal(known(bench), 3)
  await assert.rejects(bench.publish('fay', 'busy'), TooManyUsersError)
  await bench.publish('eve', 'away')
  await bench.service.publish([{ userId: 'fay', source: 'manual', status: null, message: '' }])
  assert.equal(known(bench), 3)
})
