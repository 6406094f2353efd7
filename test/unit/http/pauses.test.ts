// A node that was stopped takes no publications that lay there meanwhile: their clients have asked another one since.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pauses } from '../../../src/http/pauses.ts'
import { authorized, problemOf, startSite } from '../../support/http-site.ts'
import { ManualClock } from '../../support/manual-clock.ts'

/** A clock whose timers go off late, as those of a process that was stopped. */
class StoppedClock extends ManualClock {
  stopped = 0

  override now(): number {
    return super.now() + this.stopped
  }
}

test('a silence of more than a second and a half is a pause, seen by the first request and by the next beat', () => {
  for (const isAsked of [true, false]) {
    const clock = new StoppedClock()
    const pauses = new Pauses(clock)
    clock.advance(60_000)
    assert.equal(pauses.isJustOver, false)
    clock.stopped += 1_500
    assert.equal(pauses.isJustOver, false)
    clock.stopped += 1_501
    if (isAsked) assert.equal(pauses.isJustOver, true)
    clock.advance(499)
    assert.equal(pauses.isJustOver, true)
    clock.advance(501)
    assert.equal(pauses.isJustOver, false)
    pauses.close()
  }
})

test('then publications are answered with 503 for half a second, and reads as ever; where there are no other nodes nothing is', async (t) => {
  const put = (site: Awaited<ReturnType<typeof startSite>>) =>
    site.ask('PUT', '/', { body: site.body([{ user_id: 'ada@x', spreed: { status: 'busy' } }]) })
  for (const shared of [true, false]) {
    const clock = new StoppedClock()
    const site = await startSite(t, { shared, clock })
    assert.equal((await put(site)).status, 200)
    clock.stopped += 5_000
    const answer = await put(site)
    assert.equal(answer.status, shared ? 503 : 200)
    if (shared) assert.match(problemOf(answer).detail, /stopped for a while/)
    assert.equal(answer.headers['retry-after'] !== undefined, shared)
    assert.equal((await site.ask('GET', '/v1/users/ada@x', authorized(site))).status, 200)
    clock.stopped += 500
    assert.equal((await put(site)).status, 200)
  }
})
