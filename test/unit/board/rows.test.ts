// The rows of the list, and the view that chooses them: search, states, sources, order; kept in the address.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { People } from '../../../src/board/people.ts'
import { personAfter } from '../../../src/board/row-keys.ts'
import { rowsOf } from '../../../src/board/rows.ts'
import { EVERYTHING, isNarrowed, queryOf, toggled, type View, viewOf } from '../../../src/board/view.ts'
import { presence, section } from '../../support/board-documents.ts'

const people = new People()
people.tell(presence('søren@b.example', 'busy', { message: 'Präsentation', since: '2026-11-23T11:00:00Z' }))
people.tell(presence('anna@b.example', 'away', { since: '2026-11-23T12:00:00Z' }))
people.tell(
  presence('bob@b.example', 'busy', { since: null, sources: { manual: section('busy'), irc: section('away') } }),
)
people.tell(presence('carl@a.example', 'unavailable'))

/** The list as text: headings with their domain, people with their account. */
function listed(view: Partial<View>): string[] {
  const { rows } = rowsOf(people.ordered(), { ...EVERYTHING, ...view })
  return rows.map((row) => (row.kind === 'group' ? `# ${row.domain}` : row.person.account))
}

test('people stand under their domains', () => {
  assert.deepEqual(listed({}), ['# a.example', 'carl', '# b.example', 'anna', 'bob', 'søren'])
})

test('a heading counts its people, and the first and last row of a group are told', () => {
  const { rows, matched } = rowsOf(people.ordered(), EVERYTHING)
  assert.equal(matched, 4)
  const groups = rows.flatMap((row) => (row.kind === 'group' ? [row.counts] : []))
  assert.deepEqual(groups[1], { available: 0, busy: 2, away: 1, unavailable: 0 })
  const edges = rows.flatMap((row) => (row.kind === 'person' ? [[row.first, row.last]] : []))
  assert.deepEqual(edges, [
    [true, true],
    [true, false],
    [false, false],
    [false, true],
  ])
})

test('a search finds parts of ids and messages, whatever the case and the accents; all its words must be found', () => {
  assert.deepEqual(listed({ search: 'SOREN' }), ['# b.example', 'søren'])
  assert.deepEqual(listed({ search: ' prasent ' }), ['# b.example', 'søren'])
  assert.deepEqual(listed({ search: 'präs b.ex' }), ['# b.example', 'søren'])
  assert.deepEqual(listed({ search: 'präs a.ex' }), [])
  assert.deepEqual(listed({ search: '@a' }), ['# a.example', 'carl'])
})

test('states and sources narrow the list, together and with the search', () => {
  assert.deepEqual(listed({ states: new Set(['busy']) }), ['# b.example', 'bob', 'søren'])
  assert.deepEqual(listed({ states: new Set(['away', 'unavailable']) }), ['# a.example', 'carl', '# b.example', 'anna'])
  assert.deepEqual(listed({ sources: new Set(['irc', 'nothing']) }), ['# b.example', 'bob'])
  assert.deepEqual(listed({ sources: new Set(['xmpp']), states: new Set(['busy']) }), ['# b.example', 'søren'])
  assert.deepEqual(listed({ sources: new Set(['xmpp']), states: new Set(['busy']), search: 'anna' }), [])
})

test('the order may be that of states, or of the latest change; unknown times last', () => {
  assert.deepEqual(listed({ sort: 'status' }).slice(2), ['# b.example', 'bob', 'søren', 'anna'])
  assert.deepEqual(listed({ sort: 'recent' }).slice(2), ['# b.example', 'anna', 'søren', 'bob'])
})

test('a list that would be too long for a page ends early, and tells how many fit the view', () => {
  const { rows, matched } = rowsOf(people.ordered(), EVERYTHING, 2)
  assert.deepEqual([rows.length, matched], [4, 4])
})

test('a view stands in the address and comes back from it; other parameters stay', () => {
  const view: View = {
    search: 'a&b',
    states: new Set(['away', 'busy']),
    sources: new Set(['x,y', 'irc']),
    sort: 'recent',
  }
  const query = queryOf(view, '?wall&q=old&state=away')
  assert.equal(query, '?wall=&q=a%26b&state=busy&state=away&source=irc&source=x%2Cy&sort=recent')
  assert.deepEqual(viewOf(query), view)
  assert.equal(queryOf(EVERYTHING, '?q=old&sort=status'), '')
})

test('what makes no sense in an address is passed over', () => {
  assert.deepEqual(viewOf('?state=drunk&sort=__proto__&other=1'), EVERYTHING)
  assert.equal(viewOf(`?q=${'x'.repeat(9000)}`).search.length, 200)
})

test('a view is narrowed by whatever leaves people out', () => {
  assert.equal(isNarrowed({ ...EVERYTHING, sort: 'recent', search: ' ' }), false)
  assert.equal(isNarrowed({ ...EVERYTHING, search: 'x' }), true)
  assert.equal(isNarrowed({ ...EVERYTHING, states: toggled(new Set(), 'busy') }), true)
  assert.equal(isNarrowed({ ...EVERYTHING, states: toggled(new Set(['busy']), 'busy') }), false)
})

test('keys lead from person to person, over headings, and never beyond the ends', () => {
  const { rows } = rowsOf(people.ordered(), EVERYTHING)
  const after = (index: number, key: string) => personAfter(rows, index, key, 2)
  assert.deepEqual(
    [after(1, 'ArrowDown'), after(3, 'ArrowUp'), after(5, 'ArrowDown'), after(1, 'ArrowUp')],
    [3, 1, 5, 1],
  )
  assert.deepEqual([after(3, 'Home'), after(3, 'End'), after(1, 'PageDown'), after(5, 'PageUp')], [1, 5, 3, 3])
  assert.deepEqual([after(4, 'PageDown'), after(1, 'PageUp')], [5, 1])
  assert.equal(after(1, 'x'), undefined)
  assert.equal(personAfter([], -1, 'ArrowDown', 5), undefined)
})
