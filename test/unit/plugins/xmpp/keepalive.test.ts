// A dead connection is noticed in a stated time, and a living one is left alone.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { Keepalive, PING_PATIENCE } from '../../../../src/plugins/xmpp/keepalive.ts'
import { ManualClock } from '../../../support/manual-clock.ts'

const INTERVAL = 20_000

let clock: ManualClock
let pings: number
let dead: number
let keepalive: Keepalive

beforeEach(() => {
  clock = new ManualClock()
  pings = 0
  dead = 0
  keepalive = new Keepalive(clock, INTERVAL, {
    ping: () => {
      pings += 1
    },
    dead: () => {
      dead += 1
    },
  })
})

test('after the idle time there is a ping, and without a sign of life the connection is dead', () => {
  clock.advance(INTERVAL - 1)
  assert.equal(pings, 0)
  clock.advance(1)
  assert.equal(pings, 1)
  clock.advance(PING_PATIENCE - 1)
  assert.equal(dead, 0)
  clock.advance(1)
  assert.equal(dead, 1)
  clock.advance(10 * INTERVAL)
  assert.deepEqual([pings, dead], [1, 1])
})

test('whatever comes puts the ping off', () => {
  for (let count = 0; count < 10; count += 1) {
    clock.advance(INTERVAL - 1)
    keepalive.heard()
  }
  assert.equal(pings, 0)
  clock.advance(INTERVAL)
  assert.equal(pings, 1)
})

test('anything after the ping is a sign of life, even in the same millisecond', () => {
  for (let count = 1; count <= 5; count += 1) {
    clock.advance(INTERVAL)
    assert.equal(pings, count)
    keepalive.heard()
    clock.advance(PING_PATIENCE)
    assert.equal(dead, 0)
    keepalive.heard()
  }
})

test('a piece after the ping is a sign of life, but pieces alone put no ping off', () => {
  clock.advance(INTERVAL - 1)
  keepalive.received()
  clock.advance(1)
  assert.equal(pings, 1)
  keepalive.received()
  clock.advance(PING_PATIENCE)
  assert.equal(dead, 0)
  clock.advance(0)
  assert.equal(pings, 2)
})

test('stopped, it says nothing more', () => {
  clock.advance(INTERVAL)
  keepalive.stop()
  clock.advance(10 * INTERVAL)
  assert.deepEqual([pings, dead], [1, 0])
})
