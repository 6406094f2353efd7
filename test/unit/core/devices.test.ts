// What several tabs and devices of a user make of their source's one word.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEVICE_LIMIT, nextEnd, withDevice, withoutDevices } from '../../../src/core/devices.ts'
import type { SourcePresence, Status } from '../../../src/core/presence.ts'

function say(before: SourcePresence | undefined, device: string, status: Status, at: number, message = '') {
  const publication = { status, message, expires: at + 100 }
  return withDevice(before, { device, publication, at, statusSince: at })
}

test('a device without a name that is alone looks as it always did', () => {
  const alone = say(undefined, '', 'busy', 1, 'x')
  assert.deepEqual(alone, { status: 'busy', message: 'x', since: 1, updated: 1, expires: 101, atExpiry: 'unavailable' })
  const both = say(alone, 'tab', 'away', 2)
  assert.equal(both.devices?.length, 2)
  const left = withDevice(both, { device: 'tab', publication: undefined, at: 3, statusSince: 3 })
  assert.deepEqual(left, { ...alone, updated: 3 })
})

test('between devices in the same state the one speaks that began to say so last, whoever repeats it', () => {
  const first = say(say(undefined, 'a', 'busy', 1, 'one'), 'b', 'busy', 2, 'two')
  assert.equal(first.message, 'two')
  assert.equal(say(first, 'a', 'busy', 3, 'one').message, 'two')
  assert.equal(say(first, 'a', 'busy', 3, 'new words').message, 'new words')
})

test('a state begins when it is first the best, and goes on while another device carries it', () => {
  const away = say(undefined, 'a', 'away', 1)
  const better = say(away, 'b', 'available', 2)
  assert.equal(better.since, 2)
  const worse = withDevice(better, { device: 'b', publication: undefined, at: 5, statusSince: 5 })
  assert.deepEqual([worse.status, worse.since], ['away', 5])
  assert.equal(say(worse, 'c', 'away', 7).since, 5)
})

test('each passed deadline may change who speaks, and the state began at the one that changed it last', () => {
  const all = say(say(say(undefined, 'a', 'available', 1), 'b', 'busy', 2), 'c', 'busy', 3)
  assert.deepEqual([all.status, all.expires, nextEnd(all)], ['available', 103, 101])
  const [a, b] = all.devices ?? []
  assert.ok(a !== undefined && b !== undefined)
  const left = withoutDevices(all, [b, a])
  assert.deepEqual([left.status, left.since, left.updated, nextEnd(left)], ['busy', 101, 3, 103])
  assert.deepEqual(withoutDevices(all, all.devices ?? []), {
    status: 'unavailable',
    message: '',
    since: 103,
    updated: 3,
  })
})

test('of too many devices the one is forgotten that was heard of longest ago', () => {
  let presence = say(undefined, 'first', 'busy', 1)
  for (let index = 1; index < DEVICE_LIMIT; index += 1) presence = say(presence, `device ${index}`, 'away', index + 1)
  presence = say(presence, 'first', 'busy', 900)
  assert.equal(presence.devices?.length, DEVICE_LIMIT)
  const names = say(presence, 'one more', 'away', 1000).devices?.map(({ device }) => device)
  assert.equal(names?.length, DEVICE_LIMIT)
  assert.deepEqual([names?.includes('first'), names?.includes('device 1')], [true, false])
})
