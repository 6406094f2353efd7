// From one store into another: everything arrives, what is newer stays, and doing it again changes nothing.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { BackupError } from '../../../src/core/backup/errors.ts'
import { BackupReader } from '../../../src/core/backup/text.ts'
import type { Change, PresenceStore } from '../../../src/core/store.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import { ANYTHING, bytesOf, contentsOf, exported, imported } from '../../support/porting.ts'

const said = (message: string, updated: number): NonNullable<Change['presence']> => {
  return { status: 'busy', message, since: 1, updated }
}
const change = (userId: string, source: string, message: string, updated: number): Change => {
  return { userId, source, presence: said(message, updated) }
}

async function storeOf(...changes: Change[]): Promise<MemoryStore> {
  const store = new MemoryStore()
  await store.save(changes)
  return store
}

async function messages(store: PresenceStore): Promise<string[]> {
  const found: string[] = []
  for await (const { userId, source, presence } of store.load()) {
    found.push(`${userId} ${source} ${presence?.message}`)
  }
  return found.sort()
}

describe('export and import', () => {
  it('gives the same when what came in goes out again, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ANYTHING), fc.integer({ min: -1e6, max: 1e6 }), async (changes, lead) => {
        const [one, other] = [await storeOf(...changes), new MemoryStore()]
        await one.saveRecord('source xmpp', { seen: 5, starts: 2 })
        const text = await exported(one)
        // The clock of the other store shows another time.
        await imported(text, other, lead)
        assert.deepEqual(contentsOf(await exported(other, lead)), contentsOf(text))
        assert.deepEqual((await other.records()).get('source xmpp'), { seen: 5 - lead, starts: 2 })
      }),
      { numRuns: 200 },
    )
  })

  it('writes nothing when it is done again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ANYTHING), async (changes) => {
        const text = await exported(await storeOf(...changes))
        const store = new MemoryStore()
        await imported(text, store)
        const before = contentsOf(await exported(store))
        const { written } = await imported(text, store)
        assert.equal(written, 0)
        assert.deepEqual(contentsOf(await exported(store)), before)
      }),
      { numRuns: 50 },
    )
  })

  it('lets stay what is newer there, and replaces what is older', async () => {
    const text = await exported(
      await storeOf(
        change('ada', 'xmpp', 'file', 20),
        change('ada', 'spreed', 'file', 20),
        change('bob', 'xmpp', 'file', 20),
      ),
    )
    const store = await storeOf(change('ada', 'xmpp', 'old', 19), change('ada', 'spreed', 'new', 21))
    const progress = await imported(text, store)
    assert.deepEqual(await messages(store), ['ada spreed new', 'ada xmpp file', 'bob xmpp file'])
    assert.deepEqual(progress, { read: 3, written: 2, kept: 1, gone: 0 })
  })

  it('brings back nothing that was taken away since an earlier import, but what is new in a later export', async () => {
    const first = await storeOf(change('ada', 'manual', 'first', 10), change('bob', 'manual', 'first', 10))
    const store = new MemoryStore()
    await imported(await exported(first, 0, 15), store)
    await store.save([
      { userId: 'ada', source: 'manual' },
      { userId: 'bob', source: 'manual' },
    ])
    await first.save([change('bob', 'manual', 'later', 16)])
    const { gone, written } = await imported(await exported(first, 0, 20), store)
    assert.deepEqual([gone, written], [1, 1])
    assert.deepEqual(await messages(store), ['bob manual later'])
    // Another store's is another matter.
    await imported(await exported(await storeOf(change('ada', 'manual', 'other', 10))), store)
    assert.deepEqual(await messages(store), ['ada manual other', 'bob manual later'])
  })

  it('loses no race against a node that publishes meanwhile', async () => {
    const text = await exported(await storeOf(change('ada', 'manual', 'file', 20)))
    for (const [updated, expected] of [
      [21, 'node'],
      [19, 'file'],
    ] as const) {
      const store = await storeOf(change('ada', 'manual', 'old', 10))
      const node = store.reopen()
      const real = store.save.bind(store)
      let raced = false
      // Between the look and the save.
      store.save = async (changes) => {
        if (!raced && changes.some(({ ifVersion = 0 }) => ifVersion > 0)) {
          raced = true
          await node.save([change('ada', 'manual', 'node', updated)])
        }
        return await real(changes)
      }
      await imported(text, store)
      assert.ok(raced)
      assert.deepEqual(await messages(node), [`ada manual ${expected}`])
    }
  })

  it('keeps with the user since when the combined status holds, also when only a part is written', async () => {
    const mark = { status: 'busy', since: 3 } as const
    const one = await storeOf(change('ada', 'xmpp', 'a', 10), { ...change('ada', 'spreed', 'b', 12), mark })
    const text = await exported(one)
    for (const there of [change('ada', 'xmpp', 'older', 5), change('ada', 'spreed', 'older', 5)]) {
      const store = await storeOf(there)
      await imported(text, store)
      const entries = []
      for await (const entry of store.load()) entries.push(entry)
      const newest = entries.sort((left, right) => right.version - left.version)[0]
      assert.deepEqual(newest?.mark, mark, there.source)
    }
  })

  it('counts a source as seen when it was seen last, in either', async () => {
    const one = new MemoryStore()
    await one.saveRecord('source xmpp', { seen: 100, starts: 1 })
    await one.saveRecord('source irc', { seen: 100, starts: 1 })
    await one.saveRecord('clock', { lead: 1, now: 2, listening: 3 })
    const store = new MemoryStore()
    await store.saveRecord('source irc', { seen: 101, starts: 0 })
    await imported(await exported(one), store)
    const records = await store.records()
    assert.deepEqual(records.get('source xmpp'), { seen: 100, starts: 1 })
    assert.deepEqual(records.get('source irc'), { seen: 101, starts: 0 })
    assert.equal(records.has('clock'), false)
  })

  it('leaves out what is there for a moment only', async () => {
    const store = await storeOf(change('ada', 'xmpp', 'a', 1))
    await store.save([{ userId: 'kopano-presence:note-1', source: ':place-0', presence: said('a code', 1) }])
    assert.doesNotMatch((await exported(store)).toString(), /a code/)
  })

  it('names the line of what is wrong', async () => {
    const store = await storeOf(change('ada', 'xmpp', 'a', 1))
    await store.saveRecord('source xmpp', { seen: 5, starts: 2 })
    const text = String(await exported(store))
    for (const [from, to, line] of [
      ['"seen":5', '"seen":"x"', 2],
      ['"seen_source":"xmpp"', '"seen_source":"a b"', 2],
      ['"user_id":"ada"', '"user_id":""', 3],
    ] as const) {
      const read = async () => {
        for await (const _ of new BackupReader().entries(bytesOf(Buffer.from(text.replace(from, to))), 0));
      }
      await assert.rejects(read(), (error: unknown) => {
        return error instanceof BackupError && error.message.includes(`in line ${line}:`)
      })
    }
  })
})
