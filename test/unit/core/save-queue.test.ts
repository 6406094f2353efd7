// The end of the save queue: what is still saved when there is more than there is time for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SavingError } from '../../../src/core/errors.ts'
import { LATE } from '../../../src/core/refusals.ts'
import { SaveQueue } from '../../../src/core/save-queue.ts'
import type { Intent, Waiting } from '../../../src/core/saving.ts'
import type { Change } from '../../../src/core/store.ts'
import { Tally } from '../../../src/core/tally.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import { MemoryHub } from '../../../src/store/memory-hub.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { recordedLog } from '../../support/recorded-log.ts'

/** As many as a source may have waiting. */
const MANY = 200_000

function stage(shared = false) {
  const clock = new ManualClock()
  const store = new MemoryStore(new MemoryHub({ shared }))
  const log = recordedLog()
  const saved = new Set<string>()
  const fenced: string[] = []
  const saver = {
    begin: () => {},
    change: ({ userId, source, at, fence }: Waiting): Change => {
      const presence = { status: 'available', message: '', since: at, updated: at } as const
      return { userId, source, presence, ...(fence !== undefined && { fence }) }
    },
    saved: ({ userId }: Waiting) => void saved.add(userId),
    overtaken: () => undefined,
    fenced: ({ userId }: Waiting) => void fenced.push(userId),
    dropped: () => {},
  }
  const queue = new SaveQueue(store, clock, log, saver, new Tally())
  const intent = (userId: string, more: Partial<Intent> = {}): Intent => {
    const publication = { status: 'available', message: '' } as const
    return { userId, source: 'xmpp', publication, at: clock.now(), session: 1, ...more }
  }
  /** Of every two one is what a collector says, and one what a deadline has made of a user. */
  const fill = (count: number): void => {
    for (let index = 0; index < count; index += 1)
      queue.add(intent(`user${index}`, index % 2 === 0 ? {} : { ifVersion: 0 }))
  }
  /** What a client waits for. */
  const ask = (userId: string): Promise<void> =>
    new Promise((resolve, reject) => queue.add(intent(userId), { saved: resolve, failed: reject }))
  return { clock, store, log, saved, fenced, queue, intent, fill, ask }
}

test('at the end 200,000 changes that no client waits for are saved for as long as there is time, and then left out and told of', async () => {
  const { clock, store, queue, saved, log, fill, ask } = stage()
  const release = store.holdSaves()
  fill(MANY)
  const closed = queue.close()
  await new Promise((resolve) => setImmediate(resolve))
  const asked = ask('bob')
  clock.advance(900)
  assert.deepEqual(log.lines, [])
  clock.advance(100)
  release()
  await Promise.all([asked, closed])
  assert.equal(saved.size, 5_001, 'one group of them was under way')
  assert.ok(saved.has('bob'))
  assert.deepEqual(
    log.lines.map(({ level, text }) => [level, text]),
    [
      [
        'warn',
        '195000 changes that no client waited for were not saved before the end; nothing is lost by it: after the next start deadlines pass again, and collectors see the same',
      ],
    ],
  )
})

test('at the end everything is saved when there is time, but nothing more is made of deadlines', async () => {
  const { queue, saved, log, fill, intent } = stage()
  fill(12_000)
  const closed = queue.close()
  queue.add(intent('late', { ifVersion: 0 }))
  await closed
  assert.equal(saved.size, 12_000)
  assert.deepEqual(log.lines, [])
})

test('at the end what fails is tried once, and told of', async () => {
  const { store, queue, saved, log, fill, ask } = stage()
  store.failSaves(new Error('no room'))
  fill(12_000)
  const refused = assert.rejects(ask('bob'), /no room/)
  await Promise.all([refused, queue.close()])
  assert.equal(saved.size, 0)
  assert.match(
    log.lines.at(-1)?.text ?? '',
    /^12000 changes could not be saved before the end; clients and collectors say them again$/,
  )
})

test('what a client says is not saved when it has lain here for too long, where another node may have newer; what else waits is', async () => {
  const { clock, store, queue, saved, intent, ask } = stage(true)
  const release = store.holdSaves()
  const first = ask('first')
  await new Promise((resolve) => setImmediate(resolve))
  // Behind that one; as in a process that is stopped meanwhile.
  queue.add(intent('bob', { device: '' }))
  const late = assert.rejects(
    new Promise<void>((resolve, reject) => {
      queue.add(intent('bob', { device: '' }), { saved: resolve, failed: reject })
    }),
    SavingError,
  )
  const own = new Promise<void>((resolve) => queue.add(intent('collected'), { saved: resolve }))
  clock.advance(LATE)
  const inTime = ask('ada')
  clock.advance(1)
  release()
  await Promise.all([first, late, own, inTime])
  await queue.idle()
  // Of bob what had been said before.
  assert.deepEqual([...saved].sort(), ['ada', 'bob', 'collected', 'first'])
})

test('where there is no other node it is saved, however long it waited', async () => {
  const { clock, store, saved, ask } = stage()
  const release = store.holdSaves()
  const first = ask('first')
  await new Promise((resolve) => setImmediate(resolve))
  const late = ask('bob')
  clock.advance(10 * LATE)
  release()
  await Promise.all([first, late])
  assert.deepEqual([...saved].sort(), ['bob', 'first'])
})

test('what comes under an old lease is dropped for good, and nobody who waits for it is told that it was saved', async () => {
  const { store, queue, saved, fenced, intent } = stage()
  await store.raiseFence('xmpp', 2)
  queue.add(intent('old', { fence: 1 }))
  let settled = false
  queue.afterSaving('xmpp', () => {
    settled = true
  })
  await queue.idle()
  assert.deepEqual([fenced, [...saved], settled], [['old'], [], false])
  queue.add(intent('new', { fence: 2 }))
  await queue.idle()
  assert.deepEqual([...saved], ['new'])
  assert.equal(queue.lengthOf('xmpp'), 0)
})
