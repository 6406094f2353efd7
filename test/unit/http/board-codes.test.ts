// How many codes for links to the board are kept, for how long, and that they work on every node, once over all of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SavingError } from '../../../src/core/errors.ts'
import { GROUPS, isNote, OneTimeNotes, PLACES } from '../../../src/core/one-time-notes.ts'
import { TokenVerifier } from '../../../src/core/tokens.ts'
import { Codes } from '../../../src/http/board/codes.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import { all } from '../../contract/store-samples.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function node(store = new MemoryStore(), clock = new ManualClock()) {
  const tokens = new TokenVerifier({ secrets: ['GEHEIM'], expireMinutes: 5, wall: () => clock.wall() })
  const codes = new Codes({ notes: new OneTimeNotes({ store, clock }), tokens })
  return { clock, store, codes, another: () => node(store.reopen(), clock) }
}

test('ten codes of one user are kept, those of late, and no number of codes makes more than ten thousand entries', async () => {
  const { store, codes } = node()
  const own: string[] = []
  for (let n = 0; n < PLACES + 1; n += 1) own.push(await codes.make(n < 5 ? 'ada' : 'ADA'))
  const taken: unknown[] = []
  for (const code of own) taken.push((await codes.take(code))?.userId)
  assert.deepEqual(taken, [undefined, ...Array(4).fill('ada'), ...Array(6).fill('ADA')])
  await Promise.all(Array.from({ length: 2 * GROUPS }, (_, n) => codes.make(`user ${n}`)))
  const places = new Set((await all(store)).map(({ userId, source }) => `${userId} ${source}`))
  assert.ok(places.size > GROUPS && places.size <= GROUPS * PLACES, `${places.size}`)
  assert.ok((await all(store)).every(isNote))
})

test('a code that has expired is of no use, and its place is free before that of any other', async () => {
  const { clock, store, codes } = node()
  const early = await codes.make('ada')
  clock.advance(599_999)
  const late = await Promise.all(Array.from({ length: PLACES - 1 }, () => codes.make('ada')))
  clock.advance(1)
  assert.equal(await codes.take(early), undefined)
  const last = await codes.make('ada')
  for (const code of [...late, last]) assert.deepEqual((await codes.take(code))?.userId, 'ada')
  assert.deepEqual(await all(store), [])
})

test('a code works on another node, and once only when all nodes are shown it at the same time', async () => {
  const one = node()
  const nodes = [one, one.another(), one.another(), one.another()]
  for (let round = 0; round < 20; round += 1) {
    const code = await one.codes.make(round % 2 === 0 ? 'ada' : null)
    const taken = await Promise.all(nodes.map(({ codes }) => codes.take(code)))
    const right = taken.filter((found) => found !== undefined)
    assert.deepEqual(
      right.map(({ userId }) => userId),
      [round % 2 === 0 ? 'ada' : null],
    )
  }
})

test('nodes that make codes of one user at the same time take no place from each other', async () => {
  const one = node()
  const nodes = [one, one.another(), one.another(), one.another(), one.another()]
  const made = (await Promise.all(nodes.flatMap(({ codes }) => [codes.make('ada'), codes.make('ada')]))).reverse()
  for (const code of made) assert.equal((await one.codes.take(code))?.userId, 'ada')
})

test('a code that was altered, or made of nothing, opens nothing and takes nothing', async () => {
  const { store, codes } = node()
  const code = await codes.make('ada')
  const bytes = Buffer.from(code, 'base64url')
  const wrong = Array.from(bytes, (_, index) => {
    const copy = Buffer.from(bytes)
    copy[index] = (copy[index] ?? 0) ^ 1
    return copy.toString('base64url')
  })
  const strange = ['', 'A', code.slice(1), `${code}A`, Buffer.alloc(35, 0xff).toString('base64url')]
  for (const one of [...wrong, ...strange]) assert.equal(await codes.take(one), undefined, one)
  const [entry] = await all(store)
  // Somebody else has written into the store.
  if (entry?.presence === undefined) assert.fail()
  const { version: _, ...note } = entry
  for (const message of ['', 'null', '{}', '{"hash":1}']) {
    await store.save([{ ...note, presence: { ...entry.presence, message } }])
    assert.equal(await codes.take(code), undefined)
  }
  await store.save([note])
  assert.equal((await codes.take(code))?.userId, 'ada')
})

test('while the store cannot save, codes are neither made nor taken, and count afterwards', async () => {
  const { store, codes } = node()
  const code = await codes.make(null)
  store.failSaves(new SavingError('it is away'))
  await assert.rejects(codes.make(null), SavingError)
  await assert.rejects(codes.take(code), SavingError)
  store.failSaves()
  assert.deepEqual((await codes.take(code))?.userId, null)
})
