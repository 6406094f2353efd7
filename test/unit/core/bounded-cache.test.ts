// The bounded cache: what it keeps, what it forgets, and that it never outgrows its bound.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BoundedCache } from '../../../src/core/bounded-cache.ts'

function held(cache: BoundedCache<number, number>, keys: number): number[] {
  return Array.from({ length: keys }, (_, key) => key).filter((key) => cache.get(key) !== undefined)
}

test('what is used again and again stays, however much else comes', () => {
  const cache = new BoundedCache<number, number>(10)
  cache.set(0, 0)
  for (let key = 1; key < 1000; key += 1) {
    cache.set(key, key)
    assert.equal(cache.get(0), 0)
  }
})

test('it never holds more than its bound', () => {
  const cache = new BoundedCache<number, number>(10)
  for (let key = 0; key < 1000; key += 1) cache.set(key, key)
  assert.ok(held(cache, 1000).length <= 10)
})

test('what is deleted or cleared is gone, from both generations', () => {
  const cache = new BoundedCache<number, number>(4)
  for (let key = 0; key < 4; key += 1) cache.set(key, key)
  cache.delete(0)
  cache.delete(3)
  assert.equal(cache.get(0), undefined)
  assert.equal(cache.get(3), undefined)
  cache.clear()
  assert.deepEqual(held(cache, 4), [])
})

test('a value that is found is always the last one set', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(8), fc.nat(), fc.boolean())), (steps) => {
      const cache = new BoundedCache<number, number>(4)
      const model = new Map<number, number>()
      for (const [key, value, isRead] of steps) {
        if (isRead) {
          const found = cache.get(key)
          if (found !== undefined) assert.equal(found, model.get(key))
        } else {
          cache.set(key, value)
          model.set(key, value)
        }
      }
    }),
  )
})
