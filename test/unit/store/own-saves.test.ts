// What a node remembers of its own saves: until they have come back, and no longer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OwnSaves } from '../../../src/store/redis/own-saves.ts'

const [ada, bob] = [Buffer.from('ada'), Buffer.from('bob')]

test('own changes are no news when they come back, and then nothing is remembered of them', () => {
  const own = new OwnSaves('node')
  const { token, done } = own.begin()
  done([
    { shard: 0, key: ada, version: 4 },
    { shard: 0, key: bob, version: 5 },
    { shard: 1, key: ada, version: 2 },
  ])
  assert.equal(own.isNews(0, 'other:1', ada, 3), false, 'overtaken by the own one')
  for (const [shard, key, version] of [
    [0, ada, 4],
    [1, ada, 2],
    [0, bob, 5],
  ] as const) {
    assert.equal(own.isNews(shard, token, key, version), false)
  }
  assert.equal(own.isNews(0, 'other:2', ada, 6), true)
  assert.equal(own.size, 0)
})

test('nothing is remembered of what a load has passed by, and the rest until it comes back', () => {
  const own = new OwnSaves('node')
  const { token, done } = own.begin()
  done([
    { shard: 0, key: ada, version: 4 },
    { shard: 1, key: bob, version: 7 },
    { shard: 1, key: ada, version: 8 },
  ])
  own.passed(0, 4)
  own.passed(1, 7)
  assert.equal(own.isNews(1, 'other:1', bob, 9), true)
  assert.equal(own.isNews(1, token, ada, 8), false)
  assert.equal(own.size, 0)
})
