// What clients publish as spreed lasts as long as its option says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../../../src/core/log.ts'
import type { PublishableSource } from '../../../../src/core/plugin.ts'
import { spreed } from '../../../../src/plugins/spreed/index.ts'
import { ManualClock } from '../../../support/manual-clock.ts'

function source(minutes: number): PublishableSource {
  const context = {
    source: 'spreed',
    log: silentLog,
    clock: new ManualClock(),
    mapUser: () => undefined,
    mappedIds: () => [],
  }
  const made = spreed.create({ auto_unavailable: minutes }, context)
  assert.ok('accept' in made)
  return made
}

test('a state lasts the configured minutes, decimals included, and then turns unavailable', () => {
  for (const status of ['available', 'busy', 'away'] as const) {
    const accepted = source(0.5).accept({ status, message: 'hi' }, undefined, 1_000)
    assert.deepEqual(accepted, { status, message: 'hi', expires: 31_000, atExpiry: 'unavailable' })
  }
})

test('a published unavailable lasts, message included', () => {
  const accepted = source(2).accept({ status: 'unavailable', message: 'on the train' }, undefined, 0)
  assert.deepEqual(accepted, { status: 'unavailable', message: 'on the train' })
})

test('a client can not choose another deadline', () => {
  assert.equal(source(2).accept({ status: 'busy', message: '', expires: 9e12 }, undefined, 0).expires, 120_000)
})

test('a withdrawal makes unavailable', () => {
  assert.deepEqual(source(2).withdrawn(0), { status: 'unavailable', message: '' })
})

test('the option takes decimals within its bounds', () => {
  const { parse } = spreed.options.auto_unavailable
  assert.equal(parse('0.5'), 0.5)
  for (const text of ['0', '-1', 'two', '1e9', '', '525601']) assert.equal(parse(text), undefined, text)
})
