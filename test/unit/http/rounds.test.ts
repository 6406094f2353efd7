// Rounds: what many streams tell is made once, and no stream is in the way of another.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Told, Watchers } from '../../../src/core/watchers.ts'
import { PLAIN_POSITIONS, type Positions } from '../../../src/http/positions.ts'
import { Rounds } from '../../../src/http/rounds.ts'

const MIA = 'mia@example.com'

const at = (version: number): Told['position'] => ({ epoch: 'test', told: [version] })

test('a change is one for all who watch the user, and its event is made once in a round', async () => {
  const watchers = new Watchers()
  const rounds = new Rounds()
  let made = 0
  const told: string[] = []
  const make = (): string => {
    made += 1
    return `document ${made}`
  }
  const watch = (choice: Parameters<Watchers['subscribe']>[0]) => {
    const subscription = watchers.subscribe(choice, () => {
      rounds.wake({
        tell() {
          const change = subscription.take()
          assert.ok(change)
          told.push(rounds.eventOf(change, PLAIN_POSITIONS, make))
        },
        fail: assert.ifError,
      })
    })
  }
  watch({ users: new Set([MIA]) })
  watch({ domain: 'example.com' })
  watch({ everybody: true })
  watchers.changed(MIA, at(7))
  assert.deepEqual(told, [], 'not at once: more may change in this turn')
  await nextTurn()
  assert.deepEqual(told.splice(0), ['document 1', 'document 1', 'document 1'])
  // Another change of the same user, even with the same sequence (a deadline), is another document.
  watchers.changed(MIA, at(7))
  await nextTurn()
  assert.deepEqual(told, ['document 2', 'document 2', 'document 2'])
})

test('an event is not kept for whoever tells in a later turn', async () => {
  const rounds = new Rounds()
  const change: Told = { userId: MIA, position: at(1) }
  let now = 'early'
  const told: string[] = []
  const stream = {
    tell: () => void told.push(rounds.eventOf(change, PLAIN_POSITIONS, () => now)),
    fail: assert.ifError,
  }
  rounds.wake(stream)
  await nextTurn()
  now = 'late'
  rounds.wake(stream)
  await nextTurn()
  assert.deepEqual(told, ['early', 'late'])
})

test('whoever is told sealed positions is not told the plain ones of others', async () => {
  const rounds = new Rounds()
  const change: Told = { userId: MIA, position: at(1) }
  const sealed: Positions = { tell: () => 'sealed', read: () => undefined }
  const told: string[] = []
  for (const positions of [PLAIN_POSITIONS, sealed, PLAIN_POSITIONS, sealed]) {
    const make = (): string => positions.tell('plain')
    rounds.wake({ tell: () => void told.push(rounds.eventOf(change, positions, make)), fail: assert.ifError })
  }
  await nextTurn()
  assert.deepEqual(told, ['plain', 'sealed', 'plain', 'sealed'])
})

test('others get their turn between slices of many streams, and a stream that fails is the only one that does', async () => {
  const rounds = new Rounds()
  let told = 0
  const failures: unknown[] = []
  for (let number = 0; number < 1_000; number += 1) {
    rounds.wake({
      tell() {
        if (number === 5) throw new Error('broken')
        told += 1
      },
      fail: (error) => failures.push(error),
    })
  }
  let turns = 0
  for (; told < 999; turns += 1) await nextTurn()
  assert.ok(turns >= 5, `${turns} turns`)
  assert.deepEqual(failures.map(String), ['Error: broken'])
})

test('a subscription tells each user once, the last change last', () => {
  const watchers = new Watchers()
  let woken = 0
  const subscription = watchers.subscribe({ everybody: true }, () => (woken += 1))
  const take = (): string[] => {
    const all: string[] = []
    for (let told = subscription.take(); told !== undefined; told = subscription.take())
      all.push(`${told.userId} ${told.position.told}`)
    return all
  }
  for (const [version, name] of ['a', 'a', 'b', 'c', 'a', 'b'].entries()) watchers.changed(name, at(version))
  assert.equal(subscription.length, 3)
  assert.deepEqual(take(), ['c 3', 'a 4', 'b 5'])
  assert.equal(woken, 1)
  for (const version of [6, 7]) watchers.changed('a', at(version))
  assert.equal(subscription.length, 1)
  assert.deepEqual(take(), ['a 7'])
  assert.equal(woken, 2)
})
