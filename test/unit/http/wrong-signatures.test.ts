// The counting of wrong signatures: whom it counts together, whom never, and its bound.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WrongSignatures } from '../../../src/http/wrong-signatures.ts'
import { ManualClock } from '../../support/manual-clock.ts'

/** How many wrong signatures an address may show at once. */
function borne(wrong: WrongSignatures, address: string | undefined): number {
  for (let count = 0; count < 100; count += 1) if (wrong.count(address) !== undefined) return count
  return Number.POSITIVE_INFINITY
}

test('an address may be wrong thirty times at once, and once more every two seconds', () => {
  const clock = new ManualClock()
  const wrong = new WrongSignatures(clock)
  assert.equal(borne(wrong, '192.0.2.1'), 30)
  clock.advance(2000)
  assert.equal(wrong.count('192.0.2.1'), undefined)
  assert.equal(wrong.count('192.0.2.1'), 2)
  clock.advance(3_600_000)
  assert.equal(borne(wrong, '192.0.2.1'), 30)
})

test('who goes on guessing while refused needs no longer to recover', () => {
  const clock = new ManualClock()
  const wrong = new WrongSignatures(clock)
  for (let count = 0; count < 1000; count += 1) wrong.count('192.0.2.1')
  clock.advance(2000)
  assert.equal(wrong.count('192.0.2.1'), undefined)
})

test('loopback and what is no address are never counted', () => {
  const wrong = new WrongSignatures(new ManualClock())
  for (const address of [
    undefined,
    '',
    'unknown',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
  ]) {
    assert.equal(borne(wrong, address), Number.POSITIVE_INFINITY, address)
  }
  assert.equal(wrong.size, 0)
})

test('all of an IPv6 /64 is one address, and its neighbour another', () => {
  const wrong = new WrongSignatures(new ManualClock())
  assert.equal(borne(wrong, '2001:db8:0:1::1'), 30)
  assert.equal(borne(wrong, '2001:DB8:0:1:ffff::2'), 0)
  assert.equal(borne(wrong, '2001:db8:0:1:1:2:3.4.5.6'), 0)
  assert.equal(borne(wrong, '2001:0db8:0:1::192.0.2.1'), 0)
  assert.equal(borne(wrong, '2001:db8:0:2::1'), 30)
  assert.equal(borne(wrong, 'fe80::1%eth0'), 30)
  assert.equal(borne(wrong, 'fe80::2%eth1'), 0)
})

test('an IPv4 address is the same in IPv6 clothes', () => {
  const wrong = new WrongSignatures(new ManualClock())
  assert.equal(borne(wrong, '192.0.2.1'), 30)
  assert.equal(borne(wrong, '::ffff:192.0.2.1'), 0)
})

test('ten thousand addresses are remembered, those of late', () => {
  const wrong = new WrongSignatures(new ManualClock())
  assert.equal(borne(wrong, '192.0.2.1'), 30)
  for (let host = 0; host < 20_000; host += 1) {
    wrong.count(`10.0.${host >> 8}.${host & 255}`)
    if (host % 1000 === 0) assert.equal(borne(wrong, '192.0.2.1'), 0)
  }
  assert.equal(wrong.size, 10_000)
})
