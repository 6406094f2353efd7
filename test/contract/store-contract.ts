// What every store must do, whatever it is made of.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { SavingError } from '../../src/core/errors.ts'
import { type SourcePresence, STATUSES } from '../../src/core/presence.ts'
import type { Change, Entry, PresenceStore } from '../../src/core/store.ts'

export interface StoreUnderTest {
  readonly store: PresenceStore
  /** Closes the store that is open, and opens it again on what it has left. */
  reopen(): Promise<PresenceStore>
  cleanup(): Promise<void>
}

const AWAY: SourcePresence = { status: 'away', message: 'lunch', since: 1000, updated: 2000 }
const BUSY: SourcePresence = { status: 'busy', message: '', since: 3000, updated: 3000 }

export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`the ${name} store`, () => {
    let test: StoreUnderTest
    beforeEach(async () => {
      test = await open()
    })
    afterEach(() => test.cleanup())

    describeEntries(() => test)
    describeVersions(() => test)
    describeNames(() => test)
    describeRecords(() => test)
    describeLife(() => test)
  })
}

function describeEntries(test: () => StoreUnderTest): void {
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

function describeVersions(test: () => StoreUnderTest): void {
  it('gives growing versions over all entries, also after deletions and after it was opened anew', async () => {
    const seen: number[] = []
    seen.push(...(await test().store.save(changes('a', 'b'))))
    seen.push(...(await test().store.save([{ userId: 'a', source: 'xmpp' }])))
    seen.push(...(await test().store.save([{ userId: 'b', source: 'xmpp' }])))
    const reopened = await test().reopen()
    assert.deepEqual(await all(reopened), [])
    seen.push(...(await reopened.save(changes('a', 'c'))))
    assert.ok(
      seen.every((version, index) => version > (index === 0 ? 0 : (seen[index - 1] ?? 0))),
      `${seen}`,
    )
    assert.deepEqual(
      (await all(reopened)).map(({ version }) => version),
      seen.slice(-2),
    )
  })

  it('saves a conditional change only while the entry has that version', async () => {
    const { store } = test()
    const [first = 0] = await store.save(changes('mark'))
    const [second = 0] = await store.save([{ userId: 'mark', source: 'xmpp', presence: BUSY, ifVersion: first }])
    assert.ok(second > first)
    assert.deepEqual(await store.save([{ userId: 'mark', source: 'xmpp', presence: AWAY, ifVersion: first }]), [0])
    assert.deepEqual(await store.save([{ userId: 'mark', source: 'xmpp', ifVersion: first }]), [0])
    assert.deepEqual(await all(store), [{ userId: 'mark', source: 'xmpp', presence: BUSY, version: second }])
    assert.notDeepEqual(await store.save([{ userId: 'mark', source: 'xmpp', ifVersion: second }]), [0])
    assert.deepEqual(await all(store), [])
  })

  it('takes version 0 as "only if there is none"', async () => {
    const { store } = test()
    const change: Change = { userId: 'mark', source: 'xmpp', presence: AWAY, ifVersion: 0 }
    const [version] = await store.save([change])
    assert.ok(version)
    assert.deepEqual(await store.save([change]), [0])
    await store.save([{ userId: 'mark', source: 'xmpp' }])
    assert.notDeepEqual(await store.save([change]), [0])
  })

  it('saves the other changes of a save of which one condition fails', async () => {
    const { store } = test()
    await store.save(changes('mark'))
    const versions = await store.save([{ userId: 'mark', source: 'xmpp', ifVersion: 0 }, ...changes('joe')])
    assert.equal(versions[0], 0)
    assert.deepEqual(
      (await all(store)).map(({ userId }) => userId),
      ['joe', 'mark'],
    )
  })

  it('judges a condition by what was saved just before, in the same save and in saves at the same time', async () => {
    const { store } = test()
    const [before = 0] = await store.save(changes('mark'))
    const outcomes = await Promise.all([
      store.save([
        { userId: 'mark', source: 'xmpp', presence: BUSY, ifVersion: before },
        { userId: 'mark', source: 'xmpp', presence: AWAY, ifVersion: before },
      ]),
      store.save([{ userId: 'mark', source: 'xmpp', ifVersion: before }]),
      store.save([{ userId: 'joe', source: 'xmpp', presence: BUSY, ifVersion: 0 }]),
      store.save([{ userId: 'joe', source: 'xmpp', presence: AWAY, ifVersion: 0 }]),
    ])
    assert.deepEqual(
      outcomes.map((versions) => versions.map((version) => version > 0)),
      [[true, false], [false], [true], [false]],
    )
    assert.deepEqual(withoutVersions(await all(store)), [
      { userId: 'joe', source: 'xmpp', presence: BUSY },
      { userId: 'mark', source: 'xmpp', presence: BUSY },
    ])
  })

  it('lets exactly one of many writers win that expect the same version', async () => {
    const { store } = test()
    let version = 0
    for (let round = 0; round < 20; round += 1) {
      const saves = Array.from({ length: 8 }, () =>
        store.save([{ userId: 'mark', source: 'xmpp', presence: AWAY, ifVersion: version }]),
      )
      const winners = (await Promise.all(saves)).flat().filter((answer) => answer > 0)
      assert.equal(winners.length, 1)
      version = winners[0] ?? 0
    }
  })
}

function describeNames(test: () => StoreUnderTest): void {
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
    const pairs = fc.uniqueArray(fc.tuple(text, text), {
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
      { numRuns: 60 },
    )
  })
}

function describeRecords(test: () => StoreUnderTest): void {
  it('keeps records beside the entries, the newest of each name', async () => {
    const { store } = test()
    await store.save(changes('lost'))
    await store.saveRecord('lost', { at: 1, by: ['xmpp'] })
    await store.saveRecord('__proto__', null)
    await store.saveRecord('', 'no name')
    await store.saveRecord('x'.repeat(5000), 'long name')
    await Promise.all([store.saveRecord('lost', 2), store.saveRecord('lost', { at: 3 })])
    const expected = new Map<string, unknown>([
      ['__proto__', null],
      ['', 'no name'],
      ['x'.repeat(5000), 'long name'],
      ['lost', { at: 3 }],
    ])
    assert.deepEqual(new Map(await store.records()), expected)
    const reopened = await test().reopen()
    assert.deepEqual(new Map(await reopened.records()), expected)
    assert.equal((await all(reopened)).length, 1)
  })
}

function describeLife(test: () => StoreUnderTest): void {
  it('answers hundreds of saves at the same time, each with its own versions', async () => {
    const { store } = test()
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, index) => store.save(changes(`a${index}`, `b${index}`))),
    )
    const loaded = new Map((await all(store)).map(({ userId, version }) => [userId, version]))
    assert.equal(loaded.size, 1000)
    for (const [index, [a, b]] of answers.entries()) {
      assert.equal(loaded.get(`a${index}`), a)
      assert.equal(loaded.get(`b${index}`), b)
    }
    assert.equal(new Set(loaded.values()).size, 1000)
  })

  it('resolves a save of nothing', async () => {
    assert.deepEqual(await test().store.save([]), [])
  })

  it('may be closed twice', async () => {
    await Promise.all([test().store.close(), test().store.close()])
  })

  it('finishes the saves under way before it closes, and refuses later ones', async () => {
    const { store } = test()
    const answers: string[] = []
    const saving = (userId: string): Promise<unknown> => store.save(changes(userId)).then(() => answers.push('saved'))
    const saves = [saving('a')]
    // By then the first one is on its way, and the others wait for it.
    await Promise.resolve()
      .then(() => {})
      .then(() => {})
    saves.push(saving('b'), saving('d'))
    await store.close().then(() => answers.push('closed'))
    await Promise.all(saves)
    assert.deepEqual(answers, ['saved', 'saved', 'saved', 'closed'])
    await assert.rejects(store.save(changes('c')), SavingError)
    await assert.rejects(store.saveRecord('c', 1), SavingError)
    assert.equal((await all(await test().reopen())).length, 3)
  })

  it('grants a lease', async () => {
    const lease = test().store.lease('xmpp')
    lease.onChange(() => assert.fail('nothing has changed'))
    assert.equal(lease.held, true)
    await lease.release()
  })
}

function changes(...userIds: readonly string[]): Change[] {
  return userIds.map((userId) => ({ userId, source: 'xmpp', presence: AWAY }))
}

/** Everything, sorted, since a store gives it in any order. */
async function all(store: PresenceStore): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of store.load()) entries.push(entry)
  return sorted(entries)
}

function sorted<Named extends { userId: string; source: string }>(entries: readonly Named[]): Named[] {
  const nameOf = ({ userId, source }: Named): string => JSON.stringify([userId, source])
  return entries.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
}

function withoutVersions(entries: readonly Entry[]): Change[] {
  return entries.map(({ version: _, ...rest }) => rest)
}
