// A collector's users are stale when it is lost, and unavailable after its grace.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LOADED, SETTLING_ALLOWANCE, Standing } from '../../../src/core/standing.ts'

const GRACE = 60_000
const settledAt = (now: number): { standing: Standing; session: number } => {
  const standing = new Standing(GRACE, undefined, now)
  const session = standing.connected(now)
  standing.settled(now)
  return { standing, session }
}

test('users of a connected session are not stale and have no deadline', () => {
  const { standing, session } = settledAt(0)
  assert.equal(standing.isStale(session), false)
  assert.equal(standing.deadlineOf(session), undefined)
  assert.equal(standing.nextDeadline(0), undefined)
})

test('a loss makes its users stale at once, and unavailable after the grace', () => {
  const { standing, session } = settledAt(0)
  standing.lost(1_000)
  assert.equal(standing.state, 'lost')
  assert.equal(standing.isStale(session), true)
  assert.equal(standing.deadlineOf(session), 1_000 + GRACE)
})

test('settling holds the grace, but for no longer than the allowance', () => {
  const { standing, session } = settledAt(0)
  standing.lost(0)
  standing.connected(10_000)
  assert.equal(standing.deadlineOf(session), GRACE + SETTLING_ALLOWANCE)
  standing.lost(15_000)
  assert.equal(standing.deadlineOf(session), GRACE + 5_000, 'only the time that settling took was held')
})

test('a server that dies again and again while settling keeps nobody: the allowance is for the whole loss', () => {
  const { standing, session } = settledAt(0)
  standing.lost(0)
  for (let now = 1_000; now < 200_000; now += 12_000) {
    standing.connected(now)
    standing.lost(now + 11_000)
  }
  assert.equal(standing.deadlineOf(session), GRACE + SETTLING_ALLOWANCE)
})

test('settling begun after the grace has passed gives nobody back', () => {
  const { standing, session } = settledAt(0)
  standing.lost(0)
  standing.connected(GRACE + 1)
  assert.equal(standing.deadlineOf(session), GRACE)
})

test('users confirmed by a session that never settled have their own full grace', () => {
  const { standing } = settledAt(0)
  standing.lost(0)
  const second = standing.connected(GRACE + 1)
  standing.lost(GRACE + 2)
  assert.equal(standing.deadlineOf(second), GRACE + 2 + GRACE)
})

test('a start counts the grace from the saved loss, but leaves half a minute to connect', () => {
  assert.equal(new Standing(GRACE, { seen: 0, starts: 0 }, 10_000).deadlineOf(LOADED), GRACE)
  assert.equal(new Standing(GRACE, { seen: 0, starts: 0 }, 900_000).deadlineOf(LOADED), 930_000)
})

test('a crash loop keeps nobody: after three starts without a settled session only the grace counts', () => {
  let record = { seen: 0, starts: 0 }
  for (const now of [100_000, 120_000, 140_000]) {
    const standing = new Standing(GRACE, record, now)
    assert.equal(standing.deadlineOf(LOADED), now + 30_000)
    record = standing.record(now)
  }
  assert.equal(new Standing(GRACE, record, 160_000).deadlineOf(LOADED), GRACE)
})

test('a settled session makes the next starts generous again', () => {
  const standing = new Standing(GRACE, { seen: 0, starts: 9 }, 0)
  standing.connected(0)
  standing.settled(0)
  assert.equal(standing.record(5).starts, 0)
})

test('a loss that was saved in the future, since the clock was set back, counts as now', () => {
  assert.equal(new Standing(GRACE, { seen: 999_999_999, starts: 0 }, 1_000).deadlineOf(LOADED), 1_000 + GRACE)
})

test('the record says when it was last seen: now while connected, else when it was lost', () => {
  const { standing } = settledAt(0)
  assert.equal(standing.record(7_000).seen, 7_000)
  standing.lost(8_000)
  assert.equal(standing.record(9_000).seen, 8_000)
})
