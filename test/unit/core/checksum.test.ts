// A checksum of what is saved: the same for the same, in whatever order, and another for everything else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checksumOf } from '../../../src/core/checksum.ts'
import type { SourcePresence } from '../../../src/core/presence.ts'
import { UserTable } from '../../../src/core/user-table.ts'
import { ANYTHING } from '../../support/porting.ts'

const STORE = { epoch: 'e', position: [1] }

type Put = readonly [userId: string, source: string, presence: SourcePresence, version: number]

function tableOf(puts: Iterable<Put>): UserTable {
  const table = new UserTable()
  for (const [userId, source, presence, version] of puts) table.put(userId, source, presence, version, 0)
  return table
}

async function sumOf(puts: Iterable<Put>): Promise<string> {
  return (await checksumOf(STORE, tableOf(puts))).checksum
}

const AWAY: SourcePresence = { status: 'away', message: 'm', since: 1, updated: 2 }
const DEVICE = { device: 'd', status: 'busy', message: 'x', since: 1, updated: 1 } as const

test('it does not depend on the order in which everything came, nor on what came before', async () => {
  const puts = fc.uniqueArray(ANYTHING, { selector: ({ userId, source }) => `${source} ${userId}` })
  await fc.assert(
    fc.asyncProperty(puts, fc.func(fc.nat()), async (changes, rank) => {
      const all = changes.flatMap(({ userId, source, presence }, index): Put[] =>
        presence === undefined ? [] : [[userId, source, presence, index + 1]],
      )
      const shuffled = all.toSorted((one, other) => rank(one[3]) - rank(other[3]))
      const table = tableOf(all.map(([userId, source]): Put => [userId, source, AWAY, 0]))
      table.put('somebody', 'xmpp', AWAY, 1, 0)
      table.remove('somebody', 'xmpp', 2)
      for (const [userId, source, presence, version] of shuffled) table.put(userId, source, presence, version, 3)
      const [one, other] = [await checksumOf(STORE, tableOf(all)), await checksumOf(STORE, table)]
      assert.deepEqual(one, other)
      assert.equal(one.entries, all.length)
    }),
  )
})

test('whatever differs makes it another one, but for times', async () => {
  const base: Put = ['ada', 'xmpp', { ...AWAY, devices: [DEVICE] }, 5]
  const others: Put[] = [
    ['adb', 'xmpp', base[2], 5],
    ['ada', 'xmpq', base[2], 5],
    ['adax', 'mpp', base[2], 5],
    ['ada', 'xmpp', base[2], 6],
    ['ada', 'xmpp', { ...base[2], status: 'busy' }, 5],
    ['ada', 'xmpp', { ...base[2], message: 'n' }, 5],
    ['ada', 'xmpp', AWAY, 5],
    ...(['device', 'message'] as const).map(
      (name): Put => ['ada', 'xmpp', { ...AWAY, devices: [{ ...DEVICE, [name]: 'other' }] }, 5],
    ),
    ['ada', 'xmpp', { ...AWAY, devices: [{ ...DEVICE, status: 'away' }] }, 5],
  ]
  const sums = new Set(await Promise.all([base, ...others].map((put) => sumOf([put]))))
  assert.equal(sums.size, others.length + 1)
  const times = { ...base[2], since: 9, updated: 9, expires: 9, devices: [{ ...DEVICE, since: 9 }] }
  assert.equal(await sumOf([base]), await sumOf([['ada', 'xmpp', times, 5]]))
})

test('two hundred thousand similar entries have as many different hashes', async () => {
  const sums = new Set<string>()
  for (let user = 0; user < 20_000; user += 1) {
    for (let version = 0; version < 10; version += 1) sums.add(await sumOf([[`u${user}@x`, 'spreed', AWAY, version]]))
  }
  assert.equal(sums.size, 200_000)
})

test('it tells when something was saved on the way', async () => {
  const table = tableOf(Array.from({ length: 6_000 }, (_, user): Put => [`u${user}`, 'xmpp', AWAY, user]))
  const store = { epoch: 'e', position: [1, 2] }
  const computed = checksumOf(store, table)
  store.position = [1, 3]
  assert.equal((await computed).moving, true)
  assert.deepEqual((await checksumOf(store, table)).moving, false)
  assert.deepEqual((await checksumOf(store, table)).position, [1, 3])
})
