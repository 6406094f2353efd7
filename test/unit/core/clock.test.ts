// The machine's clock: monotonic, and steady in what it tells people.
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { systemClock } from '../../../src/core/clock.ts'

test('the time does not jump when the wall clock is set', () => {
  const clock = systemClock()
  const before = clock.now()
  const date = mock.method(Date, 'now', () => 0)
  assert.ok(clock.now() >= before)
  date.mock.restore()
})

test('one moment is told as the same time while the clocks only creep apart, and moves when the wall clock is set', () => {
  const clock = systemClock()
  const real = Date.now
  let ahead = 0
  const date = mock.method(Date, 'now', () => real() + ahead)
  for (ahead of [0, 1, -1, 400, -400]) assert.equal(clock.lead(), 0)
  ahead = 3_600_000
  assert.ok(Math.abs(clock.lead() - ahead) <= 10)
  assert.equal(clock.lead(), clock.lead())
  date.mock.restore()
})

test('a clock that starts behind the wall clock is led by as much', () => {
  const clock = systemClock(5_000)
  assert.equal(clock.lead(), 5_000)
  assert.ok(Math.abs(Date.now() - clock.now() - 5_000) <= 10)
})
