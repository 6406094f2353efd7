// What a session is told, and when.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Publication } from '../../../../src/core/presence.ts'
import { HOLD, Publisher } from '../../../../src/plugins/xmpp/publisher.ts'
import { ManualClock } from '../../../support/manual-clock.ts'

const available = (message = ''): Publication => ({ status: 'available', message })
const away = (message = ''): Publication => ({ status: 'away', message })

let clock: ManualClock
let told: string[]
let publisher: Publisher

beforeEach(() => {
  clock = new ManualClock()
  told = []
  publisher = new Publisher(
    {
      publish: (userId, { status, message }) => told.push(`${userId} ${status} ${message}`.trim()),
      withdraw: (userId) => told.push(`${userId} withdrawn`),
    },
    clock,
  )
})

test("while it learns, each user's first word waits for their other devices", () => {
  publisher.say({ userId: 'a', publication: away() })
  clock.advance(40)
  publisher.say({ userId: 'b', publication: away() })
  publisher.say({ userId: 'a', publication: available() })
  clock.advance(HOLD - 41)
  assert.deepEqual(told, [])
  clock.advance(1)
  assert.deepEqual(told, ['a available'])
  clock.advance(40)
  assert.deepEqual(told, ['a available', 'b away'])
})

test('the end of the learning lets everybody out, and from then on nothing waits', () => {
  publisher.say({ userId: 'a', publication: away() })
  publisher.flush()
  assert.deepEqual(told, ['a away'])
  publisher.say({ userId: 'a', publication: available('hi') })
  assert.deepEqual(told, ['a away', 'a available hi'])
  clock.advance(10 * HOLD)
  assert.equal(told.length, 2)
})

test('the same words are said once in a session, and again after a withdrawal', () => {
  publisher.flush()
  publisher.say({ userId: 'a', publication: available('x') })
  publisher.say({ userId: 'a', publication: available('x') })
  publisher.say({ userId: 'a' })
  publisher.say({ userId: 'a', publication: available('x') })
  assert.deepEqual(told, ['a available x', 'a withdrawn', 'a available x'])
})

test('what comes and goes while it waits is never told', () => {
  publisher.say({ userId: 'a', publication: available() })
  clock.advance(HOLD)
  publisher.say({ userId: 'a', publication: away() })
  publisher.say({ userId: 'a', publication: available() })
  clock.advance(HOLD)
  assert.deepEqual(told, ['a available'])
})

test('stopped, nothing is let out', () => {
  publisher.say({ userId: 'a', publication: available() })
  publisher.stop()
  clock.advance(10 * HOLD)
  assert.deepEqual(told, [])
})
