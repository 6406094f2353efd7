// A user is found under any spelling of the id, and only harmful ids are refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { folded } from '../../../src/client/observers.ts'
import { foldUserId, userIdMistake } from '../../../src/core/user-id.ts'

test('case and Unicode form make no difference', () => {
  assert.equal(foldUserId('MarkD@Kopano.com'), 'markd@kopano.com')
  assert.equal(foldUserId('Zoe\u0308@x'), foldUserId('zo\u00EB@x'))
  assert.equal(foldUserId('\u212B'), foldUserId('a\u030A'), 'the sign of the angstrom is an a with a ring')
})

test('folding what is folded changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (id) => {
      assert.equal(foldUserId(foldUserId(id)), foldUserId(id))
    }),
  )
})

test('an id is 1 to 1,024 code points of well-formed text', () => {
  assert.equal(userIdMistake('x'), undefined)
  assert.equal(userIdMistake('\u{1F600}'.repeat(1024)), undefined)
  assert.match(userIdMistake('\u{1F600}'.repeat(1025)) ?? '', /longer/)
  assert.match(userIdMistake('') ?? '', /empty/)
  assert.match(userIdMistake('\uD800') ?? '', /surrogates/)
  assert.match(userIdMistake(7) ?? '', /string/)
})

test('names with a meaning in JavaScript are ids like any other', () => {
  for (const id of ['__proto__', 'constructor', 'hasOwnProperty']) {
    assert.equal(userIdMistake(id), undefined)
    assert.equal(foldUserId(id), id.toLowerCase())
  }
})

test('more than thirty combining marks in a row are refused, and are folded without the work of putting them in order', (t) => {
  const normalize = t.mock.method(String.prototype, 'normalize')
  const marks = (count: number) => `a${'\u0301\u0316'.repeat(count / 2)}`
  assert.equal(userIdMistake(marks(30)), undefined)
  assert.equal(userIdMistake(`${marks(30)}\u0301`), 'must not have more than 30 combining marks in a row')
  assert.equal(userIdMistake(marks(30) + marks(30)), undefined)
  foldUserId(marks(1_000))
  assert.equal(normalize.mock.callCount(), 0)
  foldUserId(marks(30))
  assert.equal(normalize.mock.callCount(), 2)
})

test('the client folds as the daemon does', () => {
  for (const id of [
    'ada',
    'ADA',
    'Åsa',
    'A\u030asa',
    '\u0130',
    'ΑΣ',
    `A${'\u0301'.repeat(30)}`,
    `A${'\u0301\u0316'.repeat(20)}`,
  ]) {
    assert.equal(folded(id), foldUserId(id), id)
    assert.equal(foldUserId(foldUserId(id)), foldUserId(id), id)
  }
})
