// A collector's standing on the nodes that look on, and on the one that takes over.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LOADED, SESSIONS_PER_FENCE, SETTLING_ALLOWANCE, Standing } from '../../../src/core/standing.ts'
import { readStanding, type StandingRecord } from '../../../src/core/standing-record.ts'

const GRACE = 60_000
const first = (fence: number): number => fence * SESSIONS_PER_FENCE + 1

/** What a node saves of it, as it comes back out of a store. */
function told(standing: Standing, now: number): StandingRecord {
  const json = JSON.stringify({ ...standing.record(now), shared: standing.shared('one') })
  return readStanding(JSON.parse(json)) ?? assert.fail('no record')
}

/** A node that runs it under a lease, connected and settled. */
function holder(fence: number, now: number): Standing {
  const standing = Standing.lookingOn(GRACE, now)
  standing.takeOver(fence, now)
  standing.connected(now)
  standing.settled(now)
  return standing
}

function onlooker(record: StandingRecord, now: number): Standing {
  const standing = Standing.lookingOn(GRACE, now)
  standing.follow(record, now)
  return standing
}

test('whoever looks on has the same users stale as the node that runs it, and for as long', () => {
  const one = holder(3, 0)
  const other = onlooker(told(one, 5_000), 5_000)
  assert.deepEqual([other.state, other.session, other.isStale(first(3))], ['settled', first(3), false])
  assert.equal(other.settledOnce, true, 'what has been loaded is what the collector knows')
  one.lost(10_000)
  assert.equal(other.follow(told(one, 10_000), 10_000), true, 'its users are stale from now on')
  assert.equal(other.deadlineOf(first(3)), 10_000 + GRACE)
  one.connected(20_000)
  assert.equal(other.follow(told(one, 20_000), 20_000), false)
  assert.equal(other.deadlineOf(first(3)), 10_000 + GRACE + SETTLING_ALLOWANCE, 'settling holds the grace here as well')
})

test('a session that is heard of before its record is not taken for an old one', () => {
  const other = onlooker(told(holder(3, 0), 0), 0)
  assert.equal(other.isStale(first(4)), false)
  assert.equal(other.deadlineOf(first(4)), undefined)
})

test('users whom a session has confirmed, but who are told of after it has settled, are not unavailable meanwhile', () => {
  const one = holder(3, 0)
  const other = onlooker(told(one, 0), 0)
  one.lost(1_000)
  other.follow(told(one, 1_000), 1_000)
  one.connected(50_000)
  one.settled(52_000)
  // As if the record came before what the session has said.
  other.follow(told(one, 52_000), 52_000)
  assert.equal(other.isStale(first(3)), true)
  assert.equal(other.deadlineOf(first(3)), 52_000 + SETTLING_ALLOWANCE)
  other.follow(told(one, 62_000), 62_000)
  assert.equal(other.deadlineOf(first(3)), 52_000 + SETTLING_ALLOWANCE, 'further signs of life prolong nothing')
})

test('a node that takes over has everybody stale, and the grace counts on from the last sign of life', () => {
  const other = onlooker(told(holder(3, 0), 100_000), 100_000)
  other.takeOver(4, 104_000)
  assert.deepEqual([other.state, other.session], ['connecting', undefined])
  assert.equal(other.isStale(first(3)), true)
  assert.equal(other.deadlineOf(first(3)), 100_000 + GRACE)
  assert.equal(other.settledOnce, true, 'the service goes on, and knows whom it knew')
  assert.equal(other.connected(105_000), first(4))
  assert.equal(other.isStale(first(4)), false)
  assert.equal(other.isStale(first(3)), true)
})

test('it leaves half a minute to connect, but not to those whom it has shown as unavailable, nor in a crash loop', () => {
  const late = onlooker(told(holder(3, 0), 100_000), 100_000)
  late.takeOver(4, 150_000)
  assert.equal(late.deadlineOf(first(3)), 180_000)

  const one = holder(3, 0)
  one.lost(0)
  const shown = onlooker(told(one, 0), 0)
  shown.takeOver(4, GRACE + 1)
  assert.equal(shown.deadlineOf(first(3)), GRACE, 'they would come back for a moment')

  const looping = onlooker(told(holder(3, 0), 0), 0)
  for (const fence of [4, 5, 6]) looping.takeOver(fence, 50_000)
  assert.equal(looping.deadlineOf(LOADED), 80_000)
  looping.takeOver(7, 79_000)
  assert.equal(looping.deadlineOf(LOADED), 80_000)
})

test('nothing is heard of a node: its session counts as over since its last sign of life, until it gives another one', () => {
  const one = holder(3, 0)
  const other = onlooker(told(one, 10_000), 10_000)
  other.presumeLost()
  assert.deepEqual([other.state, other.isStale(first(3)), other.deadlineOf(first(3))], ['lost', true, 10_000 + GRACE])
  assert.equal(other.follow(told(one, 31_000), 31_000), true)
  assert.deepEqual([other.state, other.isStale(first(3))], ['settled', false])
})

test('a session that is over never comes back, whatever comes late', () => {
  const one = holder(3, 0)
  const early = told(one, 0)
  const other = onlooker(early, 0)
  one.lost(1_000)
  other.follow(told(one, 1_000), 1_000)
  assert.equal(other.follow(early, 2_000), false)
  assert.deepEqual([other.state, other.isStale(first(3))], ['lost', true])
  other.takeOver(4, 3_000)
  other.follow(told(one, 3_000), 3_000)
  assert.equal(other.state, 'connecting', 'nor does the word of an older grant count')
})

test('a record that is none, or promises for ever, is not believed', () => {
  const record = { ...holder(3, 0).record(0), shared: holder(3, 0).shared('one') }
  for (const wrong of [
    { state: 'ready' },
    { last: 'x' },
    { deadlines: [[1]] },
    { deadlines: Array.from({ length: 100 }, () => [1, 1]) },
    { detail: 'x'.repeat(10_000) },
    { allowance: null },
  ]) {
    const read = readStanding(JSON.parse(JSON.stringify({ ...record, shared: { ...record.shared, ...wrong } })))
    assert.deepEqual(read, { seen: 0, starts: 0 }, JSON.stringify(wrong))
  }
  for (const none of [null, 7, {}, { seen: 1 }, { seen: '1', starts: 2 }]) assert.equal(readStanding(none), undefined)
  const shared = { ...record.shared, state: 'lost', session: undefined, deadlines: [[first(3), 8e15]] }
  const read = readStanding(JSON.parse(JSON.stringify({ ...record, shared }))) ?? assert.fail()
  const farthest = onlooker(read, 0).deadlineOf(first(3)) ?? assert.fail()
  assert(farthest <= GRACE + 2 * SETTLING_ALLOWANCE)
})

test('in a store that was emptied fences begin anew, and yet no session has the number of an earlier one, nor of another grant', () => {
  const record = told(holder(30, 0), 0)
  const sessions = [1, 2].map((fence) => {
    const standing = onlooker(record, 0)
    standing.takeOver(fence, 1_000)
    return standing.connected(1_000)
  })
  const [one = 0, other = 0] = sessions
  assert.ok(one > first(30) && other > one, `${sessions}`)
})

test('only the sessions that a node has had itself are counted, whatever their numbers are', () => {
  const one = holder(3, 0)
  const other = onlooker(told(one, 0), 0)
  assert.deepEqual([one.sessions, other.sessions], [1, 0])
  one.lost(1_000)
  one.connected(2_000)
  assert.equal(one.sessions, 2)
  other.takeOver(4, 3_000)
  assert.equal(other.sessions, 0)
  other.connected(4_000)
  assert.equal(other.sessions, 1)
})

test('a standing can be followed however often the collector was lost, and taken over, before it settled', () => {
  let standing = holder(1, 0)
  for (let time = 1; time <= 100; time += 1) {
    standing.lost(time)
    standing.connected(time)
  }
  for (let fence = 2; fence < 6; fence += 1) {
    const next = onlooker(told(standing, 200), 200)
    next.takeOver(fence, 200)
    assert.notEqual(told(next, 200).shared, undefined)
    next.connected(200)
    standing = next
  }
})
