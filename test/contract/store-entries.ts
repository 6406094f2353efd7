// Every store gives back what it was given, under whatever names.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { STATUSES } from '../../src/core/presence.ts'
import type { Change } from '../../src/core/store.ts'
import { foldUserId, userIdMistake } from '../../src/core/user-id.ts'
import { it } from './bounded.ts'
import { AWAY, all, BUSY, type StoreUnderTest, sorted, withoutVersions } from './store-samples.ts'

export function describeEntries(test: () => StoreUnderTest): void {
  it('is empty at first', async () => {
    assert.deepEqual(await all(test().store), [])
  })

  it('gives back every field of an entry, also after it was opened anew', async () => {
    const saved: Change[] = [
      { userId: 'plain', source: 'xmpp', presence: AWAY },
      { userId: 'deadline', source: 'spreed', presence: { ...AWAY, expires: 122_000 } },
      { userId: 'manual', source: 'manual', presence: { ...BUSY, expires: 4000, atExpiry: 'withdrawn' } },
      {
        userId: 'said',
        source: 'spreed',
        presence: { ...BUSY, atExpiry: 'unavailable' },
        mark: { status: 'busy', since: 7 },
      },
      {
        userId: 'tabs',
        source: 'spreed',
        presence: {
          ...BUSY,
          expires: 9000,
          devices: [
            { device: '', status: 'busy', message: '', since: 1, updated: 2.5, expires: 9000 },
            { device: '__proto__ 長い\u0000', status: 'away', message: '"x"', since: 1, updated: 2 },
          ],
        },
        mark: { status: 'busy', since: 7 },
      },
      { userId: 'gone', source: 'spreed', mark: { status: 'available', since: 1_795_000_000_123 } },
      { userId: 'long', source: 'xmpp', presence: { ...AWAY, message: '長い '.repeat(3000) } },
      { userId: 'odd', source: 'xmpp', presence: { ...AWAY, since: -0.5, updated: 2 ** 52 + 1 } },
      ...STATUSES.map((status) => ({
        userId: status,
        source: 'xmpp',
        presence: { ...AWAY, status },
        mark: { status, since: 9 },
      })),
    ]
    await test().store.save(saved)
    assert.deepEqual(withoutVersions(await all(test().store)), sorted(saved))
    assert.deepEqual(withoutVersions(await all(await test().reopen())), sorted(saved))
  })

  it('keeps the newest of each user and source, and the sources of one user apart', async () => {
    await test().store.save([
      { userId: 'mark', source: 'xmpp', presence: AWAY, mark: { status: 'away', since: 1 } },
      { userId: 'mark', source: 'spreed', presence: AWAY },
    ])
    await test().store.save([{ userId: 'mark', source: 'xmpp', presence: BUSY }])
    assert.deepEqual(withoutVersions(await all(test().store)), [
      { userId: 'mark', source: 'spreed', presence: AWAY },
      { userId: 'mark', source: 'xmpp', presence: BUSY },
    ])
  })

  it('forgets a withdrawn entry, unless it is kept for its mark', async () => {
    await test().store.save([
      { userId: 'gone', source: 'xmpp', presence: AWAY },
      { userId: 'gone', source: 'spreed', presence: BUSY },
      { userId: 'marked', source: 'xmpp', presence: AWAY },
    ])
    await test().store.save([
      { userId: 'gone', source: 'xmpp' },
      { userId: 'marked', source: 'xmpp', mark: { status: 'busy', since: 5 } },
      { userId: 'never there', source: 'xmpp' },
    ])
    assert.deepEqual(withoutVersions(await all(await test().reopen())), [
      { userId: 'gone', source: 'spreed', presence: BUSY },
      { userId: 'marked', source: 'xmpp', mark: { status: 'busy', since: 5 } },
    ])
  })

  it('loads more entries than it reads at once, each exactly once', async () => {
    const users = Array.from({ length: 4001 }, (_, index) => `user ${String(index).padStart(4, '0')}`)
    await test().store.save(users.map((userId) => ({ userId, source: 'xmpp', presence: AWAY })))
    const loaded = await all(test().store)
    assert.deepEqual(
      loaded.map(({ userId }) => userId),
      users,
    )
  })
}

export function describeNames(test: () => StoreUnderTest): void {
  it('keeps ids apart that are too long for a key and differ only at their end', async () => {
    const long = '😀'.repeat(1023)
    const names = [`${long}a`, `${long}b`, long, '😀', `${long}a`.slice(2)]
    await test().store.save(names.map((userId) => ({ userId, source: 'xmpp', presence: AWAY })))
    await test().store.save([
      { userId: `${long}a`, source: 's'.repeat(3000), presence: BUSY, mark: { status: 'busy', since: 1 } },
    ])
    await test().store.save([{ userId: `${long}b`, source: 'xmpp' }])
    const loaded = await all(await test().reopen())
    assert.deepEqual(
      loaded.map(({ userId, source }) => `${userId} ${source}`).sort(),
      [
        ...names.filter((name) => name !== `${long}b`).map((name) => `${name} xmpp`),
        `${long}a ${'s'.repeat(3000)}`,
      ].sort(),
    )
  })

  it('takes any well-formed text as names, and never mistakes one pair for another', async () => {
    const nasty = fc.constantFrom(
      '__proto__',
      'constructor',
      '',
      '\0',
      '\0x',
      'a\0',
      '\u00ff',
      'ÿ',
      'a',
      'b',
      '\u{10ffff}',
      '\ufffd',
    )
    const text = fc.oneof(
      nasty,
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({ unit: 'binary', minLength: 400, maxLength: 700 }),
    )
    const userId = text.map(foldUserId).filter((folded) => userIdMistake(folded) === undefined)
    const pairs = fc.uniqueArray(fc.tuple(userId, text), {
      selector: (pair) => JSON.stringify(pair),
      minLength: 1,
      maxLength: 30,
    })
    let seen = new Map<string, string>()
    await fc.assert(
      fc.asyncProperty(pairs, async (names) => {
        const { store } = test()
        const gone = [...seen.values()].map((pair): Change => {
          const [userId, source]: [string, string] = JSON.parse(pair)
          return { userId, source }
        })
        await store.save(gone)
        await store.save(
          names.map(([userId, source]) => ({ userId, source, presence: { ...AWAY, message: userId + source } })),
        )
        seen = new Map(names.map((pair) => [JSON.stringify(pair), JSON.stringify(pair)]))
        const loaded = await all(store)
        assert.equal(loaded.length, names.length)
        for (const { userId, source, presence } of loaded) {
          assert.ok(seen.has(JSON.stringify([userId, source])))
          assert.equal(presence?.message, userId + source)
        }
      }),
      { numRuns: 30 },
    )
  })
}
