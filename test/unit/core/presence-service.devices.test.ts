// Sessions of one user's tabs in the running service: said at once, while saving is slow, and over a restart.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Status } from '../../../src/core/presence.ts'
import type { SectionPublication } from '../../../src/core/sources.ts'
import { MINUTE, ServiceBench } from '../../support/service.ts'

function section(device: string | undefined, status: Status | null, message = ''): SectionPublication {
  return { userId: 'mark', source: 'spreed', status, message, ...(device !== undefined && { device }) }
}

function spreedOf(bench: ServiceBench) {
  const view = bench.service.read('mark').sources.get('spreed')
  return [view?.status, view?.message]
}

test('what several tabs say at once is all heard, in its order', async () => {
  const bench = await ServiceBench.start()
  await bench.service.publish([section('a', 'away', 'a'), section('b', 'busy', 'b'), section(undefined, 'away')])
  assert.deepEqual(spreedOf(bench), ['busy', 'b'])
  await bench.service.publish([section('b', null), section(undefined, null), section('a', 'available', 'again')])
  assert.deepEqual(spreedOf(bench), ['available', 'again'])
  await bench.service.publish([section('b', 'busy'), section(undefined, null), section('', 'away', 'old')])
  assert.deepEqual(spreedOf(bench), ['away', 'old'])
  assert.equal(bench.service.read('mark').sources.get('spreed')?.devices, undefined)
})

test("a tab's heartbeat a moment before its deadline keeps it, although it is saved after it", async () => {
  const bench = await ServiceBench.start()
  await bench.service.publish([section('a', 'busy', 'a')])
  bench.clock.advance(MINUTE)
  await bench.service.publish([section('b', 'away', 'b')])
  bench.clock.advance(MINUTE - 1)
  const release = bench.store.holdSaves()
  const beat = bench.service.publish([section('a', 'busy', 'a')])
  bench.clock.advance(1_000)
  assert.deepEqual(spreedOf(bench), ['busy', 'a'])
  release()
  await beat
  await bench.service.idle()
  assert.deepEqual(spreedOf(bench), ['busy', 'a'])
})

test('tabs whose time ran out while the daemon was down are gone in the first answer, the others go on', async () => {
  const bench = await ServiceBench.start()
  await bench.service.publish([section('a', 'available', 'a')])
  bench.clock.advance(MINUTE)
  await bench.service.publish([section('b', 'away', 'b')])
  await bench.restart(1.5 * MINUTE)
  assert.deepEqual(spreedOf(bench), ['away', 'b'])
  const since = bench.service.read('mark').combined.since
  assert.equal(since, bench.clock.now() - MINUTE / 2)
  bench.clock.advance(MINUTE / 2)
  await bench.service.idle()
  assert.deepEqual(spreedOf(bench), ['unavailable', ''])
})

test('after the clock was set back during a downtime no tab stays for longer than its full time', async () => {
  const bench = await ServiceBench.start()
  await bench.service.publish([section('a', 'busy', 'a')])
  await bench.restartAt(bench.clock.now() - 60 * MINUTE)
  bench.clock.advance(2 * MINUTE - 1)
  assert.deepEqual(spreedOf(bench), ['busy', 'a'])
  bench.clock.advance(1)
  assert.deepEqual(spreedOf(bench), ['unavailable', ''])
})
