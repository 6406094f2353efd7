// Several sources make one status, and the answer names the one that decided.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { combine, DEFAULT_COMBINED_ORDER } from '../../../src/core/combine.ts'
import { type SourceView, STATUSES } from '../../../src/core/presence.ts'

const view = (status: SourceView['status'], since = 0, stale = false): SourceView => ({
  status,
  message: '',
  since,
  updated: since,
  stale,
})
const decide = (views: Record<string, SourceView>, order = DEFAULT_COMBINED_ORDER) =>
  combine(new Map(Object.entries(views)), order)?.source

test('busy beats available, available beats away, away beats unavailable', () => {
  assert.equal(decide({ a: view('available'), b: view('busy') }), 'b')
  assert.equal(decide({ a: view('away'), b: view('available') }), 'b')
  assert.equal(decide({ a: view('unavailable'), b: view('away') }), 'b')
})

test('a source that the order names wins while it says anything', () => {
  assert.equal(decide({ xmpp: view('busy'), manual: view('unavailable') }), 'manual')
  assert.equal(decide({ xmpp: view('busy'), spreed: view('away') }, ['spreed', 'busy']), 'spreed')
})

test('between equals, one that is connected decides before one that is stale, then the newest, then the order of plugins', () => {
  assert.equal(decide({ a: view('busy', 9, true), b: view('busy', 1) }), 'b')
  assert.equal(decide({ a: view('busy', 1), b: view('busy', 2) }), 'b')
  assert.equal(decide({ a: view('busy', 2), b: view('busy', 2) }), 'a')
})

test('a state that the order leaves out is still found', () => {
  assert.equal(decide({ a: view('away') }, ['busy']), 'a')
})

test('being there, said by a source that needs a second opinion, counts only while another one sees the user', () => {
  const manual = new Set(['manual'])
  const decided = (said: SourceView['status'], seen: SourceView['status']) =>
    combine(
      new Map([
        ['manual', view(said)],
        ['xmpp', view(seen)],
      ]),
      DEFAULT_COMBINED_ORDER,
      manual,
    )?.source
  for (const said of ['available', 'away'] as const) {
    assert.equal(decided(said, 'away'), 'manual')
    assert.equal(decided(said, 'unavailable'), 'xmpp')
    assert.equal(combine(new Map([['manual', view(said)]]), DEFAULT_COMBINED_ORDER, manual), undefined)
  }
  for (const said of ['busy', 'unavailable'] as const) assert.equal(decided(said, 'unavailable'), 'manual')
})

test('nobody decides when nobody says anything', () => {
  assert.equal(decide({}), undefined)
})

test('whatever the sources and the order, somebody decides, and nobody who comes earlier in the order was passed over', () => {
  const views = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'manual', '__proto__'),
    fc.record({ status: fc.constantFrom(...STATUSES), since: fc.nat(9), stale: fc.boolean() }),
    { minKeys: 1 },
  )
  const orders = fc.subarray(['a', 'manual', ...STATUSES], { minLength: 1 })
  fc.assert(
    fc.property(views, orders, (raw, order) => {
      const entries = Object.entries(raw).map(([name, one]) => [name, view(one.status, one.since, one.stale)] as const)
      const map = new Map(entries)
      const decision = combine(map, order)
      assert.ok(decision !== undefined)
      assert.equal(map.get(decision.source), decision.view)
      const rank = (name: string, one: SourceView) => {
        const places = [order.indexOf(name), order.indexOf(one.status)].filter((place) => place >= 0)
        return places.length === 0 ? order.length : Math.min(...places)
      }
      const best = Math.min(...entries.map(([name, one]) => rank(name, one)))
      assert.equal(rank(decision.source, decision.view), best)
    }),
  )
})
