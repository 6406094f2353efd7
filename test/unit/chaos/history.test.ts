// What counts as a flap: a state that somebody never had, had before, or can't have yet.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { History, Reader } from '../../chaos/history.ts'

test('who watches may miss states, and be told the same again, but sees nobody go back', () => {
  const history = new History('away: 1')
  for (const state of ['busy: 2', 'busy: 2', 'available: 3', 'unavailable: ']) history.add(state)
  const [all, some] = [new Reader(), new Reader()]
  assert.deepEqual(
    ['away: 1', 'away: 1', 'busy: 2', 'available: 3', 'busy: 2', 'unavailable: '].map((state) =>
      all.sees(history, state, 0),
    ),
    [true, true, true, true, false, true],
  )
  assert.deepEqual(
    ['busy: 2', 'unavailable: ', 'available: 3', 'busy: 9'].map((state) => some.sees(history, state, 0)),
    [true, true, false, false],
  )
})

test('a deadline makes nobody unavailable before it has passed', () => {
  const history = new History('busy: 1')
  history.add('unavailable: ', 1_000)
  const reader = new Reader()
  assert.equal(reader.sees(history, 'unavailable: ', 999), false)
  assert.equal(reader.sees(history, 'unavailable: ', 1_000), true)
})

test('once a round is over, what was before it is a flap', () => {
  const history = new History('busy: 1')
  history.add('unavailable: ')
  history.add('busy: 1')
  history.close()
  history.add('away: 2')
  const reader = new Reader()
  assert.equal(reader.sees(history, 'unavailable: ', 0), false)
  assert.equal(reader.sees(history, 'busy: 1', 0), true)
  assert.equal(reader.sees(history, 'away: 2', 0), true)
})
