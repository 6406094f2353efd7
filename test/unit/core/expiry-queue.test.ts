// The queue gives deadlines back in their order, and none before its time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ExpiryQueue } from '../../../src/core/expiry-queue.ts'

test('deadlines come out in order, each not before its time, whatever the order in which they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(50), (times, now) => {
      const queue = new ExpiryQueue()
      for (const [place, at] of times.entries()) queue.push(at, place)
      const taken: number[] = []
      for (let place = queue.take(now); place !== undefined; place = queue.take(now)) taken.push(times[place] ?? -1)
      const sorted = times.toSorted((a, b) => a - b)
      assert.deepEqual(
        taken,
        sorted.filter((at) => at <= now),
      )
      assert.equal(
        queue.next,
        sorted.find((at) => at > now),
      )
      assert.equal(queue.size, times.length - taken.length)
    }),
  )
})
