// The same seed tells the same story, and each story can be told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chosenFaults, FAULTS } from '../../chaos/fault-names.ts'
import { type Action, story } from '../../chaos/plan.ts'
import { PARTS } from '../../chaos/world.ts'

const told = (seed: number, rounds: number, short = false) =>
  story({ seed, rounds, kinds: chosenFaults({ short }), parts: PARTS })

test('the same seed tells the same story, and a longer one begins with it; another seed tells another', () => {
  assert.deepEqual(told(7, 30), told(7, 30))
  assert.deepEqual(told(7, 30), told(7, 60).slice(0, 30))
  assert.notDeepEqual(told(7, 30), told(8, 30))
})

test('every fault comes before any comes again, and the short form leaves out the long ones', () => {
  const names = Object.keys(FAULTS)
  const faults = told(3, names.length * 2).map(({ fault }) => fault)
  assert.deepEqual(new Set(faults.slice(0, names.length)), new Set(names))
  assert.deepEqual(new Set(faults.slice(names.length)), new Set(names))
  const short = told(3, 100, true).map(({ fault }) => FAULTS[fault])
  assert.deepEqual(
    short.filter((fault) => 'long' in fault),
    [],
  )
})

test('whoever comes was not there, whoever says something or goes was, and nobody acts twice at one source in a round', () => {
  const there = new Set(
    PARTS.flatMap(({ person, source, devices }) =>
      source === 'manual' ? [] : devices.map((device) => `${person} ${source} ${device}`),
    ),
  )
  for (const { before, during, after } of told(11, 300)) {
    const actions: readonly Action[] = [...before, ...during, ...after]
    for (const { person, source, device, verb, lasts } of actions) {
      const key = `${person} ${source} ${device}`
      assert.equal(there.has(key), verb !== 'comes', `${key} ${verb}`)
      if (verb === 'comes' && lasts === undefined) there.add(key)
      if (verb === 'goes' || verb === 'vanishes') there.delete(key)
    }
    assert.equal(new Set(actions.map(({ person, source }) => `${person} ${source}`)).size, actions.length)
  }
})
