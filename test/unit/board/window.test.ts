// The window on a long list: which rows have to exist, and how far to scroll to one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { listHeight, offsetsOf, rowAt, scrollTo, spanOf } from '../../../src/board/window.ts'

const rows = Array.from({ length: 1000 }, (_, index) => (index % 100 === 0 ? 50 : 20))
const offsets = offsetsOf(rows, (height) => height)

test('the list is as high as its rows together', () => {
  assert.equal(listHeight(offsets), 10 * 50 + 990 * 20)
  assert.equal(listHeight(offsetsOf([], () => 1)), 0)
})

test('only the rows in sight and some around them exist', () => {
  assert.deepEqual(spanOf(offsets, 0, 100, 2), { from: 0, to: 6 })
  assert.deepEqual(spanOf(offsets, 1000, 1100, 2), { from: 46, to: 56 })
  assert.deepEqual(spanOf(offsets, 1e9, 1e9 + 100, 2), { from: 997, to: 1000 })
  assert.deepEqual(spanOf(offsets, -500, -400, 2), { from: 0, to: 3 })
  assert.deepEqual(
    spanOf(
      offsetsOf([], () => 1),
      0,
      100,
    ),
    { from: 0, to: 0 },
  )
})

test('the row at a height is the one that begins there or before, and ends after it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), fc.nat(5000), (heights, height) => {
      const edges = offsetsOf(heights, (own) => own)
      const index = rowAt(edges, height)
      assert.ok(height >= listHeight(edges) ? index === heights.length - 1 : (edges[index] ?? 0) <= height)
      assert.ok(height >= listHeight(edges) || height < (edges[index + 1] ?? 0))
    }),
  )
})

test('scrolling to a row goes no further than it takes', () => {
  assert.equal(scrollTo(offsets, 2, 0, 500), 0)
  assert.equal(scrollTo(offsets, 2, 100, 500), -30)
  assert.equal(scrollTo(offsets, 30, 0, 500), 50 + 30 * 20 - 500)
})
