// In every store versions grow, and conditions are judged by them.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Change } from '../../src/core/store.ts'
import { AWAY, all, BUSY, changes, type StoreUnderTest, withoutVersions } from './store-samples.ts'

export function describeVersions(test: () => StoreUnderTest): void {
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
