// The ids of events: short for one shard as they always were, with a version of each for several, and read again as they were told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventId, positionOf } from '../../../src/http/event-ids.ts'

test('an id is read again as it was told', () => {
  for (const [position, id] of [
    [{ epoch: 'a-b-1', told: [7] }, 'a-b-1-7'],
    [{ epoch: 'a-b', told: [7], seen: [9] }, 'a-b-7+2'],
    [{ epoch: 'abc', told: [7, 0, 12] }, 'abc:7.0.12'],
    [{ epoch: 'abc', told: [7, 0, 12], seen: [7, 3, 12] }, 'abc:7.0+3.12'],
  ] as const) {
    assert.equal(eventId(position), id)
    assert.deepEqual(positionOf(id), position)
  }
})

test('what is none of ours is no position', () => {
  const ids = [
    '',
    'abc',
    'abc-',
    '-7',
    'abc-7.8',
    'abc:',
    'abc:7',
    'abc:7.',
    'abc:7.-8',
    'abc:7+.8',
    'abc:7.8 ',
    'a b-7',
  ]
  for (const id of [...ids, `abc-${'7'.repeat(16)}`, `${'x'.repeat(65)}-7`, `abc:${'7.'.repeat(2_000)}7`, undefined]) {
    assert.equal(positionOf(id), undefined, id)
  }
})
