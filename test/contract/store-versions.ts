// In every store versions grow, and conditions are judged by them.
import assert from 'node:assert/strict'
import { type Change, NO_VERSION } from '../../src/core/store.ts'
import { it } from './bounded.ts'
import { AWAY, all, BUSY, changes, type StoreUnderTest, save, withoutVersions } from './store-samples.ts'

export function describeVersions(test: () => StoreUnderTest): void {
  it('gives growing versions over all entries of a shard, also after deletions and after it was opened anew', async () => {
    const of = (...sources: string[]): Change[] => sources.map((source) => ({ userId: 'mark', source, presence: AWAY }))
    const seen: number[] = []
    seen.push(...(await save(test().store, of('a', 'b'))))
    seen.push(...(await save(test().store, [{ userId: 'mark', source: 'a' }])))
    seen.push(...(await save(test().store, [{ userId: 'mark', source: 'b' }])))
    const reopened = await test().reopen()
    assert.deepEqual(await all(reopened), [])
    seen.push(...(await save(reopened, of('a', 'c'))))
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
    const [first = 0] = await save(store, changes('mark'))
    const [second = 0] = await save(store, [{ userId: 'mark', source: 'xmpp', presence: BUSY, ifVersion: first }])
    assert.ok(second > first)
    assert.deepEqual(await save(store, [{ userId: 'mark', source: 'xmpp', presence: AWAY, ifVersion: first }]), [0])
    assert.deepEqual(await save(store, [{ userId: 'mark', source: 'xmpp', ifVersion: first }]), [0])
    assert.deepEqual(await all(store), [{ userId: 'mark', source: 'xmpp', presence: BUSY, version: second }])
    assert.notDeepEqual(await save(store, [{ userId: 'mark', source: 'xmpp', ifVersion: second }]), [0])
    assert.deepEqual(await all(store), [])
  })

  it('tells what is there, and saves nothing, on the condition that no entry fulfils', async () => {
    const { store } = test()
    const look: Change = { userId: 'mark', source: 'xmpp', ifVersion: NO_VERSION }
    assert.deepEqual(await store.save([look]), [{ refused: 'version', current: undefined }])
    const [version = 0] = await save(store, changes('mark'))
    const there = { userId: 'mark', source: 'xmpp', presence: AWAY, version }
    assert.deepEqual(await store.save([look, look]), Array(2).fill({ refused: 'version', current: there }))
    assert.deepEqual(await all(store), [there])
  })

  it('tells what is there instead when a condition does not hold', async () => {
    const { store } = test()
    const [version = 0] = await save(store, changes('mark'))
    const change: Change = { userId: 'mark', source: 'xmpp', presence: BUSY, ifVersion: version + 1000 }
    assert.deepEqual(await store.save([change]), [
      { refused: 'version', current: { userId: 'mark', source: 'xmpp', presence: AWAY, version } },
    ])
    const mark = { status: 'busy', since: 5 } as const
    const [marked = 0] = await save(store, [{ userId: 'mark', source: 'xmpp', mark }])
    assert.deepEqual(await store.save([change]), [
      { refused: 'version', current: { userId: 'mark', source: 'xmpp', mark, version: marked } },
    ])
    // Also what was saved or taken away just before, by the same save.
    const [taken, refused] = await store.save([{ userId: 'mark', source: 'xmpp' }, change])
    assert.equal(typeof taken, 'number')
    assert.deepEqual(refused, { refused: 'version', current: undefined })
    const [put, told] = await store.save([
      { userId: 'mark', source: 'xmpp', presence: BUSY },
      { ...change, ifVersion: 0 },
    ])
    assert.deepEqual(told, {
      refused: 'version',
      current: { userId: 'mark', source: 'xmpp', presence: BUSY, version: put },
    })
  })

  it('takes version 0 as "only if there is none"', async () => {
    const { store } = test()
    const change: Change = { userId: 'mark', source: 'xmpp', presence: AWAY, ifVersion: 0 }
    const [version] = await save(store, [change])
    assert.ok(version)
    assert.deepEqual(await save(store, [change]), [0])
    await save(store, [{ userId: 'mark', source: 'xmpp' }])
    assert.notDeepEqual(await save(store, [change]), [0])
  })

  it('saves the other changes of a save of which one condition fails', async () => {
    const { store } = test()
    await save(store, changes('mark'))
    const versions = await save(store, [{ userId: 'mark', source: 'xmpp', ifVersion: 0 }, ...changes('joe')])
    assert.equal(versions[0], 0)
    assert.deepEqual(
      (await all(store)).map(({ userId }) => userId),
      ['joe', 'mark'],
    )
  })

  it('judges a condition by what was saved just before, in the same save and in saves at the same time', async () => {
    const { store } = test()
    const [before = 0] = await save(store, changes('mark'))
    const outcomes = await Promise.all([
      save(store, [
        { userId: 'mark', source: 'xmpp', presence: BUSY, ifVersion: before },
        { userId: 'mark', source: 'xmpp', presence: AWAY, ifVersion: before },
      ]),
      save(store, [{ userId: 'mark', source: 'xmpp', ifVersion: before }]),
      save(store, [{ userId: 'joe', source: 'xmpp', presence: BUSY, ifVersion: 0 }]),
      save(store, [{ userId: 'joe', source: 'xmpp', presence: AWAY, ifVersion: 0 }]),
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
        save(store, [{ userId: 'mark', source: 'xmpp', presence: AWAY, ifVersion: version }]),
      )
      const winners = (await Promise.all(saves)).flat().filter((answer) => answer > 0)
      assert.equal(winners.length, 1)
      version = winners[0] ?? 0
    }
  })
}
