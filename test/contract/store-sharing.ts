// What several nodes on one store can rely on.
import assert from 'node:assert/strict'
import { SavingError } from '../../src/core/errors.ts'
import type { Change, Entry, PresenceStore } from '../../src/core/store.ts'
import { FollowingNode } from '../support/following.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { until } from '../support/until.ts'
import { it } from './bounded.ts'
import { AWAY, all, BUSY, changes, type SharedStoreUnderTest, save } from './store-samples.ts'

export function describeSharing(test: () => SharedStoreUnderTest): void {
  const two = async (): Promise<[FollowingNode, FollowingNode]> => {
    const nodes = [new FollowingNode(test().store), new FollowingNode(await test().another())] as const
    return [await nodes[0].load(), await nodes[1].load()]
  }

  it('tells other nodes of every change, in the order of each user, and how far that is', async () => {
    const [one, other] = await two()
    assert.deepEqual(one.store.position, other.store.position)
    await one.store.save(changes('a', 'b', 'c'))
    await one.store.save([{ userId: 'a', source: 'xmpp', presence: BUSY, mark: { status: 'busy', since: 1 } }])
    await one.store.save([{ userId: 'b', source: 'xmpp' }])
    const [last = 0] = await save(one.store, [{ userId: 'a', source: 'spreed', presence: BUSY }])
    const shard = one.store.shardOf('a')
    await other.until(() => (other.store.position[shard] ?? 0) >= last && other.told.length === 6)
    assert.deepEqual(
      other.told.filter(({ userId }) => userId === 'a').map(({ source, presence, mark }) => [source, presence, mark]),
      [
        ['xmpp', AWAY, undefined],
        ['xmpp', BUSY, { status: 'busy', since: 1 }],
        ['spreed', BUSY, undefined],
      ],
    )
    const gone = other.told.filter(({ userId }) => userId === 'b').at(-1)
    assert.deepEqual(Object.keys(gone ?? {}).sort(), ['source', 'userId', 'version'])
    assert.deepEqual(other.contents, (await new FollowingNode(await test().another()).load()).contents)
  })

  it('keeps which session of a collector has said it, for whoever is told and whoever loads', async () => {
    const [one, other] = await two()
    const session = 3 * 2 ** 20 + 1
    await one.store.save([{ userId: 'a', source: 'xmpp', presence: BUSY, session }, ...changes('b')])
    await other.until(() => other.told.length === 2)
    const sessions = (entries: readonly Entry[]) => entries.map(({ userId, session: of }) => [userId, of]).sort()
    const expected = [
      ['a', session],
      ['b', undefined],
    ]
    assert.deepEqual(sessions(other.told), expected)
    assert.deepEqual(sessions(await all(await test().another())), expected)
  })

  it('does not tell a node of its own changes, but of the position that they reach', async ({ signal }) => {
    const [one, other] = await two()
    await other.store.save(changes('x'))
    await one.store.save(changes('a', 'b'))
    await one.until(() => one.told.length === 1)
    const seen = await new FollowingNode(await test().another()).load()
    await until(() => String(one.store.position) === String(seen.store.position), signal)
    assert.deepEqual(
      one.told.map(({ userId }) => userId),
      ['x'],
    )
  })

  it('gives a conflicting writer what the other one has written', async () => {
    const [one, other] = await two()
    const [version = 0] = await save(one.store, changes('mark'))
    await save(other.store, [{ userId: 'mark', source: 'xmpp', presence: BUSY, ifVersion: version }])
    const [refusal] = await one.store.save([{ userId: 'mark', source: 'xmpp', presence: AWAY, ifVersion: version }])
    const [current] = await all(one.store)
    assert.equal(current?.presence?.status, 'busy')
    assert.deepEqual(refusal, { refused: 'version', current })
  })

  it('refuses what comes with an older fence, changes and records, of this source alone', async () => {
    const [one, other] = await two()
    const of = (fence: number, source = 'xmpp'): Change => ({ userId: 'mark', source, presence: AWAY, fence })
    assert.notDeepEqual(await save(one.store, [of(1)]), [0])
    await other.store.raiseFence('xmpp', 2)
    assert.deepEqual(await one.store.save([of(1), of(1, 'irc')].slice(0, 1)), [{ refused: 'fence' }])
    assert.notDeepEqual(await save(one.store, [of(1, 'irc')]), [0])
    assert.notDeepEqual(await save(other.store, [of(2)]), [0])
    await other.store.raiseFence('xmpp', 1)
    assert.deepEqual(await one.store.save([of(1)]), [{ refused: 'fence' }])
    assert.equal(await one.store.saveRecord('source xmpp', 'old', { source: 'xmpp', fence: 1 }), false)
    assert.equal(await other.store.saveRecord('source xmpp', 'new', { source: 'xmpp', fence: 2 }), true)
    assert.deepEqual([...(await one.store.records())], [['source xmpp', 'new']])
    for (let user = 0; user < 50; user += 1) {
      const [refused] = await one.store.save([{ userId: `user ${user}`, source: 'xmpp', presence: AWAY, fence: 1 }])
      assert.deepEqual(refused, { refused: 'fence' })
    }
  })

  it('tells other nodes of records, and of all of them when loading', async () => {
    const [one, other] = await two()
    await one.store.saveRecord('source xmpp', { seen: 1 })
    await other.until(() => other.records.has('source xmpp'))
    assert.deepEqual(other.records.get('source xmpp'), { seen: 1 })
    assert.equal(one.records.size, 0)
    const third = await new FollowingNode(await test().another()).load()
    assert.deepEqual([...third.records], [['source xmpp', { seen: 1 }]])
  })

  it('grants a lease to one node at a time, the next with a higher fence, at once when it is given back', async () => {
    const stores = [test().store, await test().another(), await test().another()]
    for (const store of stores) await new FollowingNode(store).load()
    const leases = stores.map((store) => store.lease('xmpp'))
    let fence = 0
    for (let left = leases.length; left > 0; left -= 1) {
      const holder = await firstHeld(leases)
      assert.equal(leases.filter((lease) => lease.held).length, 1)
      assert.ok(holder.fence > fence)
      fence = holder.fence
      leases.splice(leases.indexOf(holder), 1)
      const released = holder.release()
      assert.equal(holder.held, false)
      await released
    }
  })

  it('gives leases back when it is closed', async () => {
    const other = await test().another()
    const first = test().store.lease('daemon')
    await firstHeld([first])
    const second = other.lease('daemon')
    await test().store.close()
    assert.equal(first.held, false)
    await firstHeld([second])
  })

  it('lets all nodes end equal, whatever they write at the same time, while others load', async ({ signal }) => {
    const random = seededRandom(7)
    const pick = (count: number): number => Math.floor(random() * count)
    const nodes = await two()
    const write = async (node: FollowingNode): Promise<void> => {
      const userId = `user ${pick(12)}`
      const source = ['xmpp', 'spreed'][pick(2)] ?? 'xmpp'
      const known = node.known.get(JSON.stringify([userId, source]))
      const presence = pick(3) > 0 ? { presence: { ...AWAY, message: String(random()) } } : {}
      const change: Change = { userId, source, ...presence, ...(pick(2) > 0 && { ifVersion: known?.version ?? 0 }) }
      const [result] = await node.store.save([change])
      const { ifVersion: _, ...entry } = change
      if (typeof result === 'number') node.apply({ ...entry, version: result })
    }
    for (let round = 0; round < 30; round += 1) {
      const writes = Array.from({ length: 12 }, () => write(nodes[pick(2)] ?? nodes[0]))
      if (round % 10 === 5) await nodes[pick(2)]?.load()
      await Promise.all(writes)
    }
    const truth = await new FollowingNode(await test().another()).load()
    for (const node of nodes) {
      await until(() => String(node.store.position) === String(truth.store.position), signal)
      assert.deepEqual(node.contents, truth.contents)
      assert.deepEqual(node.gaps, [])
    }
  })

  it('refuses to save once it is closed, whoever else goes on', async () => {
    const [one, other] = await two()
    await one.store.close()
    await assert.rejects(one.store.save(changes('a')), SavingError)
    await other.store.save(changes('b'))
    assert.deepEqual(
      (await all(other.store)).map(({ userId }: Entry) => userId),
      ['b'],
    )
  })
}

/** The first of these leases that is held, waiting for it. */
export async function firstHeld<Of extends ReturnType<PresenceStore['lease']>>(leases: readonly Of[]): Promise<Of> {
  for (;;) {
    const found = leases.find((lease) => lease.held)
    if (found !== undefined) return found
    await new Promise<void>((resolve) => {
      for (const lease of leases) lease.onChange(() => resolve())
    })
  }
}
