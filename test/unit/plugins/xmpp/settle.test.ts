// When a session knows everybody.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { LONGEST_WAIT, QUIET, QUIET_WHEN_COMPLETE, Settling } from '../../../../src/plugins/xmpp/settle.ts'
import { ManualClock } from '../../../support/manual-clock.ts'

let clock: ManualClock
let complete: boolean
let settled: number[]
let settling: Settling
let start: number

beforeEach(() => {
  clock = new ManualClock()
  start = clock.now()
  complete = false
  settled = []
  settling = new Settling(
    clock,
    () => complete,
    () => settled.push(clock.now() - start),
  )
})

test('never before the ping is answered, however quiet it is', () => {
  complete = true
  clock.advance(60_000)
  assert.deepEqual(settled, [])
})

test('after the answer and the quiet time', () => {
  clock.advance(100)
  settling.pingAnswered()
  clock.advance(QUIET - 1)
  assert.deepEqual(settled, [])
  clock.advance(1)
  assert.deepEqual(settled, [100 + QUIET])
})

test('each presence starts the quiet time again', () => {
  settling.pingAnswered()
  for (let heard = 0; heard < 3; heard += 1) {
    clock.advance(QUIET - 10)
    settling.heard()
  }
  clock.advance(QUIET - 1)
  assert.deepEqual(settled, [])
  clock.advance(1)
  assert.deepEqual(settled, [3 * (QUIET - 10) + QUIET])
})

test('sooner when everybody has been heard of', () => {
  settling.pingAnswered()
  clock.advance(20)
  settling.heard()
  complete = true
  clock.advance(QUIET_WHEN_COMPLETE)
  clock.advance(QUIET_WHEN_COMPLETE)
  assert.equal(settled.length, 1)
  assert.ok((settled[0] ?? 0) < QUIET)
})

test('a server that is never quiet is believed after the longest wait', () => {
  settling.pingAnswered()
  for (let time = 0; time < LONGEST_WAIT - 100; time += 100) {
    settling.heard()
    clock.advance(100)
  }
  assert.deepEqual(settled, [])
  settling.heard()
  clock.advance(100)
  assert.deepEqual(settled, [LONGEST_WAIT])
})

test('once only, and never after it was stopped', () => {
  settling.pingAnswered()
  settling.pingAnswered()
  clock.advance(60_000)
  settling.pingAnswered()
  clock.advance(60_000)
  assert.equal(settled.length, 1)

  const stopped = new Settling(
    clock,
    () => true,
    () => assert.fail('stopped'),
  )
  stopped.pingAnswered()
  stopped.stop()
  stopped.pingAnswered()
  clock.advance(60_000)
})
