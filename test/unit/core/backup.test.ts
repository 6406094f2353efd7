// Backups: a text that proves that it is whole, and a service that becomes what it was.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { BackupError } from '../../../src/core/backup/errors.ts'
import { BackupReader, backupText } from '../../../src/core/backup/text.ts'
import type { PresenceService } from '../../../src/core/presence-service.ts'
import type { Entry } from '../../../src/core/store.ts'
import { anyMark, anyPresence } from '../../support/any-presence.ts'
import { MINUTE, ServiceBench } from '../../support/service.ts'

const FACTS = { made: Date.UTC(2026, 10, 23, 9), epoch: 'e' }
const HOUR = 60 * MINUTE

async function textOf(entries: Iterable<Entry>, lead = 0): Promise<Buffer> {
  const pieces: string[] = []
  for await (const piece of backupText(asynchronous(entries), FACTS, lead)) pieces.push(piece)
  return Buffer.from(pieces.join(''))
}

async function* asynchronous<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Read in pieces of this length. */
async function read(text: Buffer, lead = 0, length = 1000): Promise<readonly Entry[]> {
  const pieces: Buffer[] = []
  for (let at = 0; at < text.length; at += length) pieces.push(text.subarray(at, at + length))
  return collected(new BackupReader().entries(asynchronous(pieces), lead))
}

const time = fc.integer({ min: 0, max: 4e12 })
const presence = anyPresence(time, fc.string({ unit: 'binary' }))
const entry: fc.Arbitrary<Entry> = fc.record(
  {
    userId: fc.string({ unit: 'binary', minLength: 1 }).filter((id) => id.isWellFormed()),
    source: fc.constantFrom('spreed', 'manual', 'xmpp'),
    version: fc.nat(),
    presence,
    mark: anyMark(time),
  },
  { requiredKeys: ['userId', 'source', 'version'], noNullPrototype: true },
)

describe('the text of a backup', () => {
  it('gives back what was put into it, whatever that was and however it is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry), fc.integer({ min: 1, max: 300 }), time, async (entries, length, lead) => {
        const text = await textOf(entries, lead)
        assert.deepEqual(await read(text, lead, length), entries)
      }),
      { numRuns: 200 },
    )
  })

  it('is refused when it is cut off anywhere, or when a single bit is another one', async () => {
    const samples = fc.sample(entry, { numRuns: 3, seed: 7 })
    const text = await textOf(samples)
    for (let length = 0; length < text.length - 1; length += 1) {
      await assert.rejects(read(text.subarray(0, length)), BackupError, `${length} bytes`)
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 2), fc.nat(7), async (at, bit) => {
        const other = Buffer.from(text)
        other.writeUInt8(text.readUInt8(at) ^ (1 << bit), at)
        await assert.rejects(read(other), BackupError)
      }),
      { numRuns: 500 },
    )
  })

  const refused: readonly [what: string, text: string, sentence: RegExp][] = [
    ['nothing', '', /^The backup is empty; use another one\.$/],
    ['something else', 'hello\n', /^That is no backup of kopano-presence\.$/],
    ['other JSON', '{"format":"tar"}\n', /^That is no backup of kopano-presence\.$/],
    ['a line without an end', 'x'.repeat(9 * 1024 * 1024), /^That is no backup of kopano-presence\.$/],
    [
      'one of a newer version',
      '{"format":"kopano-presence backup","version":2,"made":"x"}\n{"all":"new"}\n',
      /^The backup has format 2, made by a newer version; this one reads up to 1: install that version first\.$/,
    ],
  ]
  for (const [what, text, sentence] of refused) {
    it(`of ${what} is refused with a clear sentence`, async () => {
      await assert.rejects(read(Buffer.from(text), 0, 64 * 1024), { name: 'BackupError', message: sentence })
    })
  }
})

async function backup(service: PresenceService): Promise<Buffer> {
  return Buffer.from((await collected(service.backups.make())).join(''))
}

async function restore(bench: ServiceBench, text: Buffer, keepAfter?: number): Promise<object | undefined> {
  const entries = new BackupReader().entries(asynchronous([text]), bench.clock.lead())
  return (await collected(bench.service.backups.restore(entries, { keepAfter }))).at(-1)
}

const publishManual = (bench: ServiceBench, userId: string, expiresIn = HOUR): Promise<void> =>
  bench.service.publish([{ userId, source: 'manual', status: 'busy', message: 'writing', expiresIn }])

describe('a restored backup', () => {
  it('makes an empty service what the other was, with all its times', async () => {
    const old = await ServiceBench.start()
    await publishManual(old, 'ada')
    await old.advance(MINUTE)
    await old.publish('ada', 'away', 'tea')
    await old.service.publish([
      { userId: 'bob', source: 'spreed', device: 'tab', status: 'busy', message: 'one of two' },
    ])
    const text = await backup(old.service)
    const young = await ServiceBench.start()
    await young.restartAt(old.clock.now())
    await restore(young, text)
    for (const user of ['ada', 'bob']) assert.deepEqual(young.service.read(user), old.service.read(user))
    await young.restart()
    for (const user of ['ada', 'bob']) assert.deepEqual(young.service.read(user), old.service.read(user))
  })

  it('takes the place of what is there, and takes away what is not in it', async () => {
    const bench = await ServiceBench.start()
    await publishManual(bench, 'ada')
    const text = await backup(bench.service)
    await bench.advance(1000)
    await bench.service.publish([{ userId: 'ada', source: 'manual', status: 'available', message: '' }])
    await publishManual(bench, 'carl')
    await bench.publish('ada', 'away')
    await bench.advance(1000)
    const numbers = await restore(bench, text)
    assert.deepEqual(numbers, { read: 1, restored: 1, passedOver: 0, withdrawn: 2 })
    assert.deepEqual([...bench.service.read('ada').sources.keys()], ['manual'])
    assert.equal(bench.status('ada'), 'busy')
    assert.equal(bench.service.read('carl').sources.size, 0)
    await bench.restart()
    assert.equal(bench.status('ada'), 'busy')
    assert.equal(bench.service.read('carl').sources.size, 0)
  })

  it('leaves what was published after it, when that is asked for', async () => {
    const bench = await ServiceBench.start()
    await publishManual(bench, 'ada')
    await publishManual(bench, 'bob')
    const text = await backup(bench.service)
    const made = bench.clock.now()
    await bench.advance(1000)
    await bench.service.publish([{ userId: 'ada', source: 'manual', status: 'unavailable', message: '' }])
    await publishManual(bench, 'carl')
    await bench.service.forget('bob')
    await bench.advance(1000)
    await restore(bench, text, made)
    assert.deepEqual(
      ['ada', 'bob', 'carl'].map((user) => bench.status(user)),
      ['unavailable', 'busy', 'busy'],
    )
  })

  it('expires at once what has expired since, and keeps nobody for longer than they may be', async () => {
    const bench = await ServiceBench.start()
    await bench.publish('ada', 'available')
    await publishManual(bench, 'ada', 2 * HOUR)
    await publishManual(bench, 'bob', HOUR / 2)
    const text = await backup(bench.service)
    await bench.service.forget('ada')
    await bench.service.forget('bob')
    await bench.advance(HOUR)
    await restore(bench, text)
    await bench.advance(0)
    assert.equal(bench.service.read('ada').sources.get('spreed')?.status, 'unavailable')
    assert.equal(bench.status('ada'), 'busy')
    assert.equal(bench.service.read('bob').sources.size, 0)
    // Of a machine whose clock was ten hours ahead.
    const early = await ServiceBench.start()
    await early.restartAt(bench.clock.now() - 11 * HOUR)
    await restore(early, text)
    await early.advance(2 * MINUTE)
    assert.equal(early.service.read('ada').sources.get('spreed')?.status, 'unavailable')
    await early.advance(2 * HOUR)
    assert.equal(early.service.read('ada').sources.get('manual'), undefined)
  })

  it('leaves to the collectors what they see', async () => {
    const bench = await ServiceBench.start()
    const session = bench.connect()
    session.publish('ada', { status: 'away', message: '' })
    await bench.service.idle()
    const text = await backup(bench.service)
    session.publish('ada', { status: 'available', message: 'back' })
    session.publish('bob', { status: 'available', message: '' })
    await bench.service.idle()
    assert.deepEqual(await restore(bench, text), { read: 1, restored: 0, passedOver: 1, withdrawn: 0 })
    assert.deepEqual([bench.status('ada'), bench.status('bob')], ['available', 'available'])
  })

  it('gives way to whatever clients say while it is restored', async () => {
    const bench = await ServiceBench.start()
    await publishManual(bench, 'ada')
    await publishManual(bench, 'bob')
    await bench.publish('bob', 'available')
    const text = await backup(bench.service)
    await bench.service.forget('bob')
    await bench.advance(1000)
    const release = bench.store.holdSaves()
    const words = ['manual', 'spreed'].map((source) => {
      const sections = ['ada', 'bob', 'carl'].map((userId) => ({ userId, source, message: 'later' }))
      return bench.service.publish(sections.map((section) => ({ ...section, status: 'away' })))
    })
    const restored = restore(bench, text)
    release()
    await Promise.all([restored, ...words])
    for (const user of ['ada', 'bob', 'carl']) {
      for (const [source, { message }] of bench.service.read(user).sources) assert.equal(message, 'later', source)
      assert.equal(bench.service.read(user).sources.size, 2)
    }
  })

  it('is told to watchers, each user once', async () => {
    const bench = await ServiceBench.start()
    await publishManual(bench, 'ada')
    const text = await backup(bench.service)
    await bench.service.publish([{ userId: 'ada', source: 'manual', status: null, message: '' }])
    await bench.advance(1000)
    const subscription = bench.service.watching.subscribe({ users: new Set(['ada', 'bob']) }, () => {})
    await restore(bench, text)
    assert.deepEqual([subscription.take()?.userId, subscription.take()], ['ada', undefined])
    subscription.close()
  })

  it('is whole in spite of what is published while it is made', async () => {
    const bench = await ServiceBench.start()
    for (const user of ['ada', 'bob']) await publishManual(bench, user)
    const made = bench.service.backups.make()
    const first = await made.next()
    await bench.service.forget('bob')
    const text = Buffer.from([first.value, ...(await collected(made))].join(''))
    assert.deepEqual(
      (await read(text)).map(({ userId }) => userId),
      ['ada', 'bob'],
    )
  })
})
