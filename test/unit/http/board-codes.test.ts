// How many codes for links to the board are kept, and for how long.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenVerifier } from '../../../src/core/tokens.ts'
import { Codes } from '../../../src/http/board/codes.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function codes() {
  const clock = new ManualClock()
  const tokens = new TokenVerifier({ secrets: ['GEHEIM'], expireMinutes: 5, wall: () => clock.wall() })
  return { clock, codes: new Codes({ clock, tokens }) }
}

test('ten thousand codes are kept, those of late, and ten of one user', () => {
  const { codes: kept } = codes()
  const [first, second] = [kept.make('first'), kept.make('second')]
  for (let n = 0; n < 9_999; n += 1) kept.make(`user ${n}`)
  assert.equal(kept.size, 10_000)
  assert.deepEqual([kept.take(first), kept.take(second)?.userId], [undefined, 'second'])
  const own = Array.from({ length: 11 }, () => kept.make('Ada'))
  assert.deepEqual(
    own.map((code) => kept.take(code)?.userId),
    [undefined, ...Array<string>(10).fill('Ada')],
  )
})

test('codes that have expired are forgotten when the next one is made, and no longer count for their user', () => {
  const { clock, codes: kept } = codes()
  for (let n = 0; n < 10; n += 1) kept.make(n < 5 ? 'ada' : null)
  clock.advance(599_999)
  kept.make('bob')
  assert.equal(kept.size, 11)
  clock.advance(1)
  const later = Array.from({ length: 10 }, () => kept.make('ADA'))
  assert.equal(kept.size, 11)
  for (const code of later) assert.equal(kept.take(code)?.userId, 'ADA')
  assert.equal(kept.size, 1)
})
