// A guard of the hot path that depends on no clock: bytes allocated for a request, against what was recorded beside this file.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allocations, growth, recorded, thisNode } from '../support/allocations.ts'

test('a request allocates at most a tenth more than was recorded', async (t) => {
  const known = recorded()[thisNode()]
  if (known === undefined) return t.skip(`nothing is recorded for Node ${thisNode()}: npm run allocations -- --record`)
  const found = await allocations()
  for (const [name, bytes] of Object.entries(found)) t.diagnostic(`${name}: ${bytes} bytes, recorded ${known[name]}`)
  assert.deepEqual(growth(found, known), [])
})

test('what has grown by more than a tenth is told, with what to type', () => {
  const known = { 'GET of 1 user': 1_000, 'PUT of 1 user': 2_000 }
  assert.deepEqual(growth({ 'GET of 1 user': 1_100, 'PUT of 1 user': 100 }, known), [])
  const [told, ...more] = growth({ 'GET of 1 user': 1_101, 'PUT of 1 user': 2_200 }, known)
  assert.match(
    told ?? '',
    /^A GET of 1 user allocates 1101 bytes, 10 % more than the 1000 .*npm run allocations -- --record/,
  )
  assert.deepEqual(more, [])
  assert.match(growth({ 'GET of 9 users': 1 }, known)[0] ?? '', /never recorded/)
})
