// The wall: as large as everybody fits, and in pages when they don't.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TILE, type WallGroup, wallPlan } from '../../../src/board/wall-layout.ts'

const group = (domain: string, count: number): WallGroup<number> => {
  return { domain, members: Array.from({ length: count }, (_, index) => index) }
}

test('few people are shown larger than many', () => {
  const few = wallPlan([group('a', 6)], 1840, 815)
  const many = wallPlan([group('a', 24)], 1840, 815)
  assert.deepEqual([few.pages.length, many.pages.length], [1, 1])
  assert.ok(few.scale > many.scale && many.scale >= 0.85, `${few.scale}, ${many.scale}`)
})

test('a screen of more pixels shows everything larger', () => {
  const groups = [group('a', 10)]
  assert.equal(wallPlan(groups, 3680, 1630).scale, 2 * wallPlan(groups, 1840, 815).scale)
})

test('names are never smaller than can be read from the other side of the room', () => {
  assert.equal(wallPlan([group('a', 5000)], 1840, 815).scale, 0.85)
})

test('nobody is shown on no page, and a room without a size is none to fail in', () => {
  assert.deepEqual(wallPlan([], 1840, 815).pages, [])
  assert.ok(wallPlan([group('a', 3)], 0, 0).pages.length > 0)
})

test('everybody stands on exactly one page, in order, and no page is higher than the room', () => {
  const groups = fc.array(fc.tuple(fc.string(), fc.integer({ min: 1, max: 60 })), { maxLength: 12 })
  const size = fc.tuple(fc.integer({ min: 300, max: 4000 }), fc.integer({ min: 400, max: 2200 }))
  fc.assert(
    fc.property(groups, size, (told, [width, height]) => {
      const all = told.map(([domain, count], index) => group(`${index} ${domain}`, count))
      const { scale, columns, pages } = wallPlan(all, width, height)
      const shown = new Map<string, number[]>()
      for (const page of pages) {
        let used = 0
        for (const { domain, members } of page) {
          shown.set(domain, [...(shown.get(domain) ?? []), ...members])
          used += (TILE.heading + Math.ceil(members.length / columns) * TILE.height) * scale
        }
        assert.ok(used <= height + 1 || page.length === 1, `${used} of ${height}`)
      }
      assert.deepEqual(
        [...shown],
        all.map(({ domain, members }) => [domain, members]),
      )
    }),
  )
})
