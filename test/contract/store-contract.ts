// What every store must do, whatever it is made of.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe } from 'node:test'
import { SavingError } from '../../src/core/errors.ts'
import { it, LIMIT, SUITE_LIMIT } from './bounded.ts'
import { describeEntries, describeNames } from './store-entries.ts'
import { all, BUSY, changes, type SharedStoreUnderTest, type StoreUnderTest } from './store-samples.ts'
import { describeSharing } from './store-sharing.ts'
import { describeVersions } from './store-versions.ts'

/** Declares the tests of one store; `open` makes an empty one for each of them. */
export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`the ${name} store`, SUITE_LIMIT, () => {
    let test: StoreUnderTest
    beforeEach(async () => {
      test = await open()
    }, LIMIT)
    afterEach(() => test.cleanup(), LIMIT)

    describeEntries(() => test)
    describeVersions(() => test)
    describeNames(() => test)
    describeRecords(() => test)
    describeLife(() => test)
  })
}

/** Declares the tests of a store that several nodes share. */
export function describeSharedStore(name: string, open: () => Promise<SharedStoreUnderTest>): void {
  describe(`the ${name} store of several nodes`, SUITE_LIMIT, () => {
    let test: SharedStoreUnderTest
    beforeEach(async () => {
      test = await open()
    }, LIMIT)
    afterEach(() => test.cleanup(), LIMIT)

    describeSharing(() => test)
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
    const entries = await all(store)
    const loaded = new Map(entries.map(({ userId, version }) => [userId, version]))
    assert.equal(loaded.size, 1000)
    for (const [index, [a, b]] of answers.entries()) {
      assert.equal(loaded.get(`a${index}`), a)
      assert.equal(loaded.get(`b${index}`), b)
    }
    assert.equal(new Set(entries.map(({ userId, version }) => `${store.shardOf(userId)} ${version}`)).size, 1000)
  })

  it('tells about how many entries it has, also after it is opened anew', async () => {
    const { store } = test()
    // A store may count what it keeps beside them.
    const isAbout = (count: number, entries: number): void =>
      assert.ok(count >= entries && count <= entries + 3, `${count} for ${entries}`)
    isAbout(await store.count(), 0)
    const users = Array.from({ length: 30 }, (_, index) => `user ${index}`)
    await store.save(changes(...users))
    isAbout(await store.count(), 30)
    await store.save(users.slice(0, 10).map((userId) => ({ userId, source: 'xmpp' })))
    await store.save([{ userId: 'user 20', source: 'spreed', presence: BUSY }])
    isAbout(await store.count(), 21)
    isAbout(await (await test().reopen()).count(), 21)
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
    while (!lease.held) await new Promise<void>((resolve) => lease.onChange(() => resolve()))
    assert.ok(lease.fence > 0)
    await lease.release()
  })
}
