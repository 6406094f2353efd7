// Everybody the board knows: told, changed, gone; ordered and counted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { People } from '../../../src/board/people.ts'
import { noCounts, STATUSES } from '../../../src/board/status.ts'
import type { PresenceDocument } from '../../../src/client/index.ts'
import { nothing, presence, section } from '../../support/board-documents.ts'

function told(...documents: readonly PresenceDocument[]): People {
  const people = new People()
  for (const document of documents) people.tell(document)
  return people
}

const ids = (people: People) => people.ordered().map(({ id }) => id)

test('people stand by domain and in it by name, as people count and spell; those without a domain last', () => {
  const people = told(
    ...['zoe@a.x', 'user10@b.x', 'user2@b.x', 'nobody', 'Émile@a.x', 'eva@a.x', 'anna@b.x'].map((id) => presence(id)),
  )
  assert.deepEqual(ids(people), ['Émile@a.x', 'eva@a.x', 'zoe@a.x', 'anna@b.x', 'user2@b.x', 'user10@b.x', 'nobody'])
  assert.deepEqual(
    people.ordered().map(({ rank }) => rank),
    [0, 1, 2, 3, 4, 5, 6],
  )
})

test('the order stays as it is while people only change, and takes in who comes and leaves out who goes', () => {
  const people = told(presence('b@x'), presence('d@x'))
  const before = people.ordered()
  people.tell(presence('d@x', 'busy'))
  assert.equal(people.ordered(), before)
  people.tell(presence('c@x'))
  people.tell(presence('a@x'))
  assert.deepEqual(ids(people), ['a@x', 'b@x', 'c@x', 'd@x'])
  people.tell(nothing('b@x'))
  assert.deepEqual(ids(people), ['a@x', 'c@x', 'd@x'])
  people.tell(nothing('c@x'))
  people.tell(presence('c@x', 'away'))
  assert.deepEqual(ids(people), ['a@x', 'c@x', 'd@x'])
  assert.equal(people.get('c@x')?.document.status, 'away')
})

test('who comes and goes between two looks was never there', () => {
  const people = told(presence('a@x'), presence('b@x'), nothing('b@x'))
  assert.deepEqual(ids(people), ['a@x'])
})

test('whom a whole snapshot does not name any more is gone, and only then', () => {
  const people = told(presence('a@x'), presence('b@x'), presence('c@x'))
  people.beginSnapshot()
  people.tell(presence('c@x', 'busy'))
  assert.equal(people.size, 3)
  people.endSnapshot()
  assert.deepEqual(ids(people), ['c@x'])
  people.endSnapshot()
  assert.deepEqual(ids(people), ['c@x'])
})

test('the names of sources are those that say something of somebody now', () => {
  const both = { sources: { xmpp: section('busy'), manual: section('busy') } }
  const people = told(presence('a@x'), presence('b@x', 'busy', both))
  assert.deepEqual(people.sources, ['manual', 'xmpp'])
  people.tell(presence('b@x'))
  assert.deepEqual(people.sources, ['xmpp'])
})

test('ids that mean something to JavaScript are people like others', () => {
  const people = told(presence('__proto__'), presence('constructor@x'), presence('<b>@x'))
  assert.deepEqual(ids(people), ['<b>@x', 'constructor@x', '__proto__'])
})

test('after any telling the counts are those of the people, and the order that of a fresh board', () => {
  const one = fc.record({
    id: fc.constantFrom('a@x', 'B@x', 'c@y', 'd', 'e@y', 'ä@x'),
    status: fc.constantFrom(...STATUSES),
    gone: fc.boolean(),
    look: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 40 }), (steps) => {
      const people = new People()
      const last = new Map<string, PresenceDocument>()
      for (const { id, status, gone, look } of steps) {
        const document = gone ? nothing(id) : presence(id, status)
        people.tell(document)
        if (gone) last.delete(id)
        else last.set(id, document)
        if (look) people.ordered()
      }
      const counts = noCounts()
      for (const { status } of last.values()) counts[status] += 1
      assert.deepEqual(people.counts, counts)
      assert.deepEqual(ids(people), ids(told(...last.values())))
      assert.deepEqual(
        people.ordered().map(({ document }) => document),
        ids(people).map((id) => last.get(id)),
      )
    }),
  )
})
