// Positions as readers are told them who may not see everybody: they tell nothing, and hold for as long as their secret.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenVerifier } from '../../../src/core/tokens.ts'
import { SealedPositions } from '../../../src/http/positions.ts'

const verifier = (...secrets: string[]) => new TokenVerifier({ secrets, expireMinutes: 5, wall: Date.now })

test('a position is read again as it was, also by another node, and never told twice alike', () => {
  const one = new SealedPositions(verifier('secret'))
  const other = new SealedPositions(verifier('secret'))
  for (const position of ['', 'epoch-1', 'epoch-999999999999', 'x'.repeat(64), 'x'.repeat(300)]) {
    assert.equal(other.read(one.tell(position)), position)
    assert.notEqual(one.tell(position), one.tell(position))
  }
})

test('its length does not tell how large the numbers in it are', () => {
  const positions = new SealedPositions(verifier('secret'))
  assert.equal(positions.tell('epoch-1').length, positions.tell('epoch-123456789012345').length)
})

test('what was not told so is not read: plain, cut, or with one bit turned', () => {
  const positions = new SealedPositions(verifier('secret'))
  const told = Buffer.from(positions.tell('epoch-17'), 'base64url')
  assert.equal(positions.read('epoch-17'), undefined)
  assert.equal(positions.read(''), undefined)
  for (let index = 0; index < told.length; index += 1) {
    const turned = Buffer.from(told)
    turned[index] = (turned[index] ?? 0) ^ 1
    assert.equal(positions.read(turned.toString('base64url')), undefined)
    assert.equal(positions.read(told.subarray(0, index).toString('base64url')), undefined)
  }
})

test('it is read while its secret is in force, and new ones are told with the newest', () => {
  const tokens = verifier('old')
  const positions = new SealedPositions(tokens)
  const old = positions.tell('epoch-17')
  tokens.configure({ secrets: ['new', 'old'], expireMinutes: 5 })
  positions.renew()
  assert.equal(positions.read(old), 'epoch-17')
  const young = positions.tell('epoch-18')
  tokens.configure({ secrets: ['new'], expireMinutes: 5 })
  positions.renew()
  assert.deepEqual([positions.read(old), positions.read(young)], [undefined, 'epoch-18'])
})
