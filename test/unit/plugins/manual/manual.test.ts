// What people say of themselves lasts as long as they or the option say, and is taken back by null.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../../../src/core/log.ts'
import type { PublishableSource } from '../../../../src/core/plugin.ts'
import type { SourcePresence } from '../../../../src/core/presence.ts'
import { manual } from '../../../../src/plugins/manual/index.ts'
import { ManualClock } from '../../../support/manual-clock.ts'

const HOUR = 3_600_000
const busy = { status: 'busy', message: 'writing' } as const
const current: SourcePresence = { ...busy, since: 0, updated: 0, expires: 9_000, atExpiry: 'withdrawn' }

function source(options: Partial<Parameters<typeof manual.create>[0]> = {}): PublishableSource {
  const context = {
    source: 'manual',
    log: silentLog,
    clock: new ManualClock(),
    mapUser: () => undefined,
    mappedIds: () => [],
  }
  const made = manual.create({ expire: 24, requires_presence: true, ...options }, context)
  assert.ok('accept' in made)
  return made
}

test('without a lifetime of its own a state lasts the configured hours, and then the source says nothing', () => {
  assert.deepEqual(source().accept(busy, undefined, 1_000), {
    ...busy,
    expires: 1_000 + 24 * HOUR,
    atExpiry: 'withdrawn',
  })
})

test('with 0 hours a state lasts for ever', () => {
  assert.deepEqual(source({ expire: 0 }).accept(busy, undefined, 0), busy)
})

test('a lifetime that the client asks for counts, longer or shorter', () => {
  for (const expires of [5, 999 * HOUR]) {
    assert.equal(source().accept({ ...busy, expires }, current, 0).expires, expires)
  }
})

test('a section that is sent back unchanged keeps its deadline, or its having none', () => {
  assert.equal(source().accept(busy, current, 8_999).expires, 9_000)
  assert.equal(source().accept(busy, { ...busy, since: 0, updated: 0 }, 8_999).expires, undefined)
})

test('another status or message, or one that has lapsed, begins a new deadline', () => {
  assert.equal(source().accept({ ...busy, message: 'reading' }, current, 10).expires, 10 + 24 * HOUR)
  assert.equal(source().accept({ ...busy, status: 'away' }, current, 10).expires, 10 + 24 * HOUR)
  assert.equal(source().accept(busy, current, 9_000).expires, 9_000 + 24 * HOUR)
})

test('what is taken back is not known any more', () => {
  assert.equal(source().withdrawn(0), undefined)
})

test('whether being there needs a second opinion is an option', () => {
  assert.equal(source().requiresPresence, true)
  assert.equal(source({ requires_presence: false }).requiresPresence, false)
})
