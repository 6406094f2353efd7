// The presence service: what is visible when, and what time makes of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SavingError } from '../../../src/core/errors.ts'
import { DETAIL_LIMIT, FLOOD_LIMIT } from '../../../src/core/sessions.ts'
import { UserMap } from '../../../src/core/user-map.ts'
import { MINUTE, ServiceBench } from '../../support/service.ts'

const available = { status: 'available', message: '' } as const
const DAY = 86_400_000

test('nobody sees a publication before it is saved', async () => {
  const bench = await ServiceBench.start()
  const release = bench.store.holdSaves()
  const saved = bench.publish('ada', 'busy')
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  assert.equal(bench.status('ada'), 'unavailable')
  release()
  await saved
  assert.equal(bench.status('ada'), 'busy')
})

test('a publication that can not be saved is refused, and what was there stays', async () => {
  const bench = await ServiceBench.start()
  await bench.publish('ada', 'busy')
  bench.store.failSaves(new SavingError('the disk is full'))
  await assert.rejects(bench.publish('ada', 'away'), SavingError)
  assert.equal(bench.status('ada'), 'busy')
})

test('a user without a heartbeat for two minutes becomes unavailable, with an empty message', async () => {
  const bench = await ServiceBench.start()
  await bench.publish('ada', 'busy', 'writing')
  await bench.advance(2 * MINUTE - 1)
  assert.equal(bench.status('ada'), 'busy')
  await bench.advance(1)
  const { combined } = bench.service.read('ada')
  assert.deepEqual([combined.status, combined.message], ['unavailable', ''])
  assert.equal(combined.since, bench.clock.now())
})

test('a heartbeat a moment before the deadline keeps the state, although it is saved after it', async () => {
  const bench = await ServiceBench.start()
  await bench.publish('ada', 'busy', 'writing')
  const since = bench.service.read('ada').combined.since
  await bench.advance(2 * MINUTE - 1)
  const release = bench.store.holdSaves()
  const saved = bench.publish('ada', 'busy', 'writing')
  bench.clock.advance(10)
  await new Promise((resolve) => setImmediate(resolve))
  bench.clock.advance(0)
  assert.equal(bench.status('ada'), 'busy')
  release()
  await saved
  await bench.advance(0)
  assert.deepEqual(bench.service.read('ada').combined, { ...bench.service.read('ada').combined, status: 'busy', since })
})

test('a deadline that was held by a heartbeat passes when the heartbeat can not be saved', async () => {
  const bench = await ServiceBench.start()
  await bench.publish('ada', 'busy')
  await bench.advance(2 * MINUTE - 1)
  const release = bench.store.holdSaves()
  const refused = assert.rejects(bench.publish('ada', 'busy'), SavingError)
  bench.store.failSaves(new SavingError('the disk is full'))
  bench.clock.advance(10)
  release()
  await refused
  assert.equal(bench.status('ada'), 'unavailable')
  bench.store.failSaves(undefined)
  await bench.advance(1_000)
  for await (const { presence } of bench.store.load()) assert.equal(presence?.status, 'unavailable')
})

test('an explicit unavailable keeps its message', async () => {
  const bench = await ServiceBench.start()
  await bench.publish('ada', 'unavailable', 'on the train')
  await bench.advance(10 * MINUTE)
  assert.equal(bench.service.read('ada').combined.message, 'on the train')
})

test('while saving fails, passed deadlines still show', async () => {
  const bench = await ServiceBench.start()
  await bench.publish('ada', 'busy')
  bench.store.failSaves(new SavingError('the disk is full'))
  await bench.advance(2 * MINUTE)
  assert.equal(bench.status('ada'), 'unavailable')
})

test('whoever ran out of time while the daemon was down is unavailable in the first answer', async () => {
  const bench = await ServiceBench.start()
  await bench.publish('ada', 'busy')
  await bench.restart(2 * MINUTE)
  assert.equal(bench.status('ada'), 'unavailable')
})

test('a restart before the deadline leaves what remains of it', async () => {
  const bench = await ServiceBench.start()
  await bench.publish('ada', 'busy')
  await bench.restart(MINUTE)
  await bench.advance(MINUTE - 1)
  assert.equal(bench.status('ada'), 'busy')
  await bench.advance(1)
  assert.equal(bench.status('ada'), 'unavailable')
})

test('100,000 users expire at their time, and only then', async () => {
  const bench = await ServiceBench.start()
  const users = Array.from({ length: 100_000 }, (_, index) => `user${index}`)
  await bench.service.publish(
    users.map((userId) => ({ userId, source: 'spreed', status: 'available', message: '' }) as const),
  )
  await bench.advance(2 * MINUTE - 1)
  assert.ok(users.every((userId) => bench.status(userId) === 'available'))
  await bench.advance(1)
  assert.ok(users.every((userId) => bench.status(userId) === 'unavailable'))
  await bench.restart()
  assert.ok(
    users.every((userId) => bench.status(userId) === 'unavailable'),
    'the outcome was saved',
  )
})

test('a new session confirms everybody whom it sees, and withdraws the rest when it settles', async () => {
  const bench = await ServiceBench.start()
  const first = bench.connect()
  for (const user of ['ada', 'bob']) first.publish(user, available)
  first.settled()
  await bench.advance(0)
  first.end('lost')
  const second = bench.connect()
  second.publish('ada', available)
  await bench.advance(0)
  assert.equal(bench.service.read('ada').combined.stale, false)
  assert.deepEqual([bench.status('bob'), bench.service.read('bob').combined.stale], ['available', true])
  second.settled()
  await bench.advance(0)
  assert.equal(bench.service.read('bob').sources.size, 0)
  assert.equal(bench.service.sources()[1]?.state, 'settled')
})

test('what a session says after its end is ignored', async () => {
  const bench = await ServiceBench.start()
  const session = bench.connect()
  session.end('lost')
  session.publish('ada', available)
  session.connected('again')
  session.settled()
  await bench.advance(0)
  assert.equal(bench.service.read('ada').sources.size, 0)
  assert.equal(bench.service.sources()[1]?.state, 'lost')
})

test('what a session said before its end, but was saved after it, is stale and lapses with the grace', async () => {
  const bench = await ServiceBench.start()
  const session = bench.connect()
  session.settled()
  await bench.advance(0)
  const release = bench.store.holdSaves()
  session.publish('ada', available)
  session.end('lost')
  release()
  await bench.advance(0)
  assert.deepEqual([bench.status('ada'), bench.service.read('ada').combined.stale], ['available', true])
  await bench.advance(MINUTE)
  assert.equal(bench.status('ada'), 'unavailable')
})

test('what collectors say while saving fails is not lost: the newest of it is saved later', async () => {
  const bench = await ServiceBench.start()
  const session = bench.connect()
  bench.store.failSaves(new SavingError('the disk is full'))
  session.publish('ada', available)
  session.publish('ada', { status: 'away', message: 'lunch' })
  await bench.advance(5_000)
  assert.equal(bench.status('ada'), 'unavailable')
  bench.store.failSaves(undefined)
  await bench.advance(1_000)
  assert.equal(bench.service.read('ada').combined.message, 'lunch')
})

test('what can be saved only after the grace of its lost session is saved as unavailable', async () => {
  const bench = await ServiceBench.start()
  const session = bench.connect()
  bench.store.failSaves(new SavingError('the disk is full'))
  session.publish('ada', available)
  session.end('lost')
  // The sweep of the loss comes at the very moment of its deadline.
  await bench.advance(MINUTE)
  bench.store.failSaves(undefined)
  await bench.advance(1_000)
  for await (const { presence } of bench.store.load()) assert.equal(presence?.status, 'unavailable')
})

test('a collector can neither publish times that are none, nor fill the list of sources with its words', async () => {
  const bench = await ServiceBench.start()
  const session = bench.connect()
  for (const time of [Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number]) {
    const said = { status: 'busy', message: '' } as const
    assert.throws(() => session.publish('ada', { ...said, since: time }), /published the time/)
    assert.throws(() => session.publish('ada', { ...said, expires: time }), /published the time/)
  }
  session.publish('ada', { status: 'busy', message: '', since: -1e300, expires: 1e300 })
  await bench.advance(0)
  const { since, expires } = bench.service.read('ada').sources.get('xmpp') ?? assert.fail('nothing was said')
  for (const time of [since, expires]) assert.ok(new Date(time ?? 0).toISOString().length < 30)
  session.detail('x'.repeat(1_000_000))
  assert.equal(bench.service.sources()[1]?.detail.length, DETAIL_LIMIT + 1)
  session.detail(undefined as unknown as string)
  assert.equal(typeof bench.service.sources()[1]?.detail, 'string')
})

test('a source that floods beyond the bound is told so', async () => {
  const bench = await ServiceBench.start()
  let floods = 0
  const session = bench.connect(() => {
    floods += 1
  })
  bench.store.failSaves(new SavingError('the disk is full'))
  for (let index = 0; index <= FLOOD_LIMIT; index += 1) session.publish(`user${index}`, available)
  assert.equal(floods, 1)
})

test('a jump of the wall clock expires nobody, and keeps nobody', async () => {
  const bench = await ServiceBench.start()
  await bench.publish('ada', 'busy')
  bench.clock.jumpWall(3_600_000)
  await bench.advance(2 * MINUTE - 1)
  assert.equal(bench.status('ada'), 'busy')
  bench.clock.jumpWall(-7_200_000)
  await bench.advance(1)
  assert.equal(bench.status('ada'), 'unavailable')
})

test('how far the wall clock has moved is kept for the clock of the next run', async () => {
  const { savedLead } = await import('../../../src/core/saved-clock.ts')
  const bench = await ServiceBench.start()
  bench.clock.jumpWall(3_600_000)
  await bench.advance(10_000)
  assert.equal(savedLead(await bench.store.records(), undefined, 0), 3_600_000)
})

test('after the clock was set back during a downtime, a deadline is no longer than its full length', async () => {
  const bench = await ServiceBench.start()
  await bench.advance(DAY)
  await bench.publish('ada', 'busy')
  await bench.restartAt(bench.clock.now() - DAY)
  await bench.advance(2 * MINUTE - 1)
  assert.equal(bench.status('ada'), 'busy')
  await bench.advance(1)
  assert.equal(bench.status('ada'), 'unavailable')
})

test('a user of whom no source has said anything for long is forgotten, in memory and in the store', async () => {
  const bench = await ServiceBench.start({ forgetAfter: 30 * DAY })
  const session = bench.connect()
  session.publish('bob', available)
  session.settled()
  await bench.publish('ada', 'unavailable', 'gone fishing')
  for (let days = 0; days < 30; days += 1) await bench.advance(DAY - 3_600_000)
  assert.equal(bench.service.read('ada').sources.size, 1)
  for (let hours = 0; hours < 32; hours += 1) await bench.advance(3_600_000)
  assert.equal(bench.service.read('ada').sources.size, 0)
  assert.equal(bench.status('bob'), 'available', 'a connected collector still says what it said')
  await bench.restart()
  assert.equal(bench.service.read('ada').sources.size, 0)
})

test('forget takes a user away at once, whatever the spelling, and over a restart', async () => {
  const bench = await ServiceBench.start()
  await bench.publish('Ada', 'busy')
  await bench.service.forget('ADA')
  assert.equal(bench.service.read('ada').sources.size, 0)
  await bench.restart()
  assert.equal(bench.service.read('ada').sources.size, 0)
})

test('the user map joins what a source calls a person into one user', async () => {
  const userMap = new UserMap([{ source: 'spreed', id: 'U-17', userId: 'ada@example.com' }])
  const bench = await ServiceBench.start({ userMap })
  await bench.publish('u-17', 'busy')
  assert.equal(bench.status('Ada@example.com'), 'busy')
  assert.equal(bench.status('u-17'), 'unavailable')
})

test('the combined status begins when it changes, not when a source repeats or another takes over the same status', async () => {
  const bench = await ServiceBench.start()
  const start = bench.clock.now()
  await bench.publish('ada', 'busy')
  await bench.advance(1_000)
  const session = bench.connect()
  session.publish('ada', { status: 'busy', message: 'a call' })
  await bench.advance(0)
  assert.deepEqual(bench.service.read('ada').combined.since, start)
  await bench.advance(2 * MINUTE)
  assert.deepEqual(
    [bench.service.read('ada').combined.source, bench.service.read('ada').combined.since],
    ['xmpp', start],
  )
  await bench.restart()
  assert.equal(bench.service.read('ada').combined.since, start)
})

test('ids that have a meaning in JavaScript are users like any other', async () => {
  const bench = await ServiceBench.start()
  for (const userId of ['__proto__', 'constructor', '\u{1F600}'.repeat(1024)]) {
    assert.equal(bench.service.read(userId).sources.size, 0)
    await bench.publish(userId, 'busy')
    await bench.restart()
    assert.equal(bench.status(userId), 'busy')
  }
})

test('what a user says of themself stands over what is observed, until it is taken back', async () => {
  const bench = await ServiceBench.start()
  await bench.publish('ada', 'away')
  const say = (status: 'busy' | null) =>
    bench.service.publish([{ userId: 'ada', source: 'manual', status, message: '' }])
  await say('busy')
  assert.equal(bench.service.read('ada').combined.source, 'manual')
  await say(null)
  assert.equal(bench.service.read('ada').combined.source, 'spreed')
})

test('what a user says of themself lapses after a day, and what is observed counts again, since then', async () => {
  const bench = await ServiceBench.start()
  const session = bench.connect()
  session.publish('ada', available)
  session.settled()
  await bench.service.publish([{ userId: 'ada', source: 'manual', status: 'busy', message: '' }])
  await bench.advance(DAY - 1)
  assert.equal(bench.status('ada'), 'busy')
  await bench.advance(1)
  const { combined } = bench.service.read('ada')
  assert.deepEqual([combined.status, combined.source, combined.since], ['available', 'xmpp', bench.clock.now()])
  await bench.restart()
  assert.equal(bench.service.read('ada').combined.since, combined.since, 'also after a restart')
})

test('a lifetime that a client asks for counts', async () => {
  const bench = await ServiceBench.start()
  await bench.service.publish([{ userId: 'ada', source: 'manual', status: 'busy', message: '', expiresIn: MINUTE }])
  await bench.advance(MINUTE)
  assert.equal(bench.service.read('ada').sources.size, 0)
})

test('nobody counts as there on their own word alone, but the word is shown', async () => {
  const bench = await ServiceBench.start()
  await bench.service.publish([{ userId: 'ada', source: 'manual', status: 'available', message: 'hi' }])
  const { combined, sources } = bench.service.read('ada')
  assert.deepEqual([combined.status, combined.source, sources.get('manual')?.message], ['unavailable', undefined, 'hi'])
})
