// Pages of users: everybody once, in all or by domain, whatever comes and goes in between.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CursorError, domainOf, UserIndex } from '../../../src/core/user-index.ts'

function everybody(index: UserIndex, limit: number, domain?: string, between: () => void = () => {}): string[] {
  const users: string[] = []
  let cursor: string | undefined
  do {
    const page = index.page({ limit, ...(domain !== undefined && { domain }), ...(cursor !== undefined && { cursor }) })
    assert.ok(page.users.length <= limit)
    users.push(...page.users)
    cursor = page.nextCursor
    between()
  } while (cursor !== undefined)
  return users
}

test('the domain is what follows the last @', () => {
  assert.deepEqual(['a@b', 'a@b@c', 'a', 'a@'].map(domainOf), ['b', 'c', '', ''])
})

test('however users come and go, the pages hold each user who is there, once', () => {
  const ids = fc.constantFrom(...Array.from({ length: 40 }, (_, one) => `u${one}@${one % 3 === 0 ? 'x' : 'y'}`))
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), ids), { maxLength: 300 }),
      fc.integer({ min: 1, max: 7 }),
      (steps, limit) => {
        const index = new UserIndex()
        const there = new Map<string, number>()
        for (const [come, id] of steps) {
          const number = there.get(id)
          if (come && number === undefined) there.set(id, index.add(id))
          if (!come && number !== undefined) {
            index.remove(id, number)
            there.delete(id)
          }
        }
        assert.deepEqual(everybody(index, limit).toSorted(), [...there.keys()].toSorted())
        const ofX = [...there.keys()].filter((id) => id.endsWith('@x'))
        assert.deepEqual(everybody(index, limit, 'x').toSorted(), ofX.toSorted())
      },
    ),
  )
})

test('whoever stays is in the pages once, although others go and come between them', () => {
  const index = new UserIndex()
  const numbers = Array.from({ length: 200 }, (_, one) => index.add(`u${one}`))
  let round = 0
  const found = everybody(index, 10, undefined, () => {
    for (const one of [round * 10 + 1, 199 - round]) if (one % 2 === 1) index.remove(`u${one}`, numbers[one] ?? -1)
    round += 1
    if (round < 9) index.add(`new${round}`)
  })
  const staying = Array.from({ length: 100 }, (_, half) => `u${half * 2}`)
  assert.deepEqual(
    staying.filter((id) => found.filter((one) => one === id).length !== 1),
    [],
  )
})

test('a cursor of another run, or one that nobody gave, is refused', () => {
  for (const cursor of ['x.1', '', '1', `${new UserIndex().page({ limit: 1 }).nextCursor}`]) {
    assert.throws(() => new UserIndex().page({ limit: 1, cursor }), CursorError)
  }
})

test('a domain that nobody has is an empty page', () => {
  assert.deepEqual(new UserIndex().page({ limit: 5, domain: '__proto__' }), { users: [], nextCursor: undefined })
})
