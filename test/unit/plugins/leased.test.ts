// One collector on several nodes: whoever holds the lease runs it, and what anybody else's session says does not count.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { SavingError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import type { Session } from '../../../src/core/plugin.ts'
import { PresenceService } from '../../../src/core/presence-service.ts'
import { UserMap } from '../../../src/core/user-map.ts'
import { Host } from '../../../src/plugins/host.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import { MemoryHub } from '../../../src/store/memory-hub.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { recordedLog } from '../../support/recorded-log.ts'

const GRACE = 60_000
const LEASE = 'source xmpp'

/** One run of the collector on a node. */
interface Run {
  readonly session: Session
  readonly signal: AbortSignal
  end(): void
}

class Node {
  readonly name: string
  readonly store: MemoryStore
  readonly log = recordedLog()
  readonly runs: Run[] = []
  service!: PresenceService
  host!: Host
  readonly #clock: ManualClock

  constructor(name: string, hub: MemoryHub, clock: ManualClock) {
    this.name = name
    this.store = new MemoryStore(hub)
    this.#clock = clock
  }

  async start(): Promise<this> {
    const { store, log } = this
    const run = (session: Session, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => this.runs.push({ session, signal, end: resolve }))
    const definition = { name: 'x', options: {}, create: () => ({ grace: GRACE, run }) }
    const userMap = new UserMap([])
    const clock = this.#clock
    this.host = new Host({ plugins: [{ source: 'xmpp', definition, options: {} }], userMap }, { clock, log: silentLog })
    this.service = await PresenceService.start({
      ...{ store, clock, log, node: this.name, sources: this.host.setups },
      rules: { publishable: new Map(), combinedOrder: ['available'], userMap, forgetAfter: undefined },
    })
    this.host.start(this.service)
    return this
  }

  get run(): Run {
    return this.runs.at(-1) ?? assert.fail(`${this.name} runs nothing`)
  }

  get source() {
    return this.service.sources()[0] ?? assert.fail()
  }

  says(user = 'ada'): string {
    const { combined } = this.service.read(user)
    return `${combined.status}${combined.stale ? ' (stale)' : ''}`
  }
}

async function nodes(count: number) {
  const hub = new MemoryHub({ shared: true, shards: 2 })
  const clock = new ManualClock()
  const all: Node[] = []
  for (const name of ['one', 'two', 'three'].slice(0, count)) all.push(await new Node(name, hub, clock).start())
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 10; round += 1) {
      await nextTurn()
      for (const { service } of all) await service.idle()
      clock.advance(0)
    }
  }
  await settle()
  const [one, two] = all
  assert.ok(one && two)
  return { hub, clock, one, two, all, settle }
}

/** Where a service is not idle, since a test holds it up. */
async function turns(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await nextTurn()
}

function logIn({ session }: Run, ...users: string[]): void {
  session.connected('a server')
  for (const user of users) session.publish(user, { status: 'available', message: '' })
  session.settled()
}

test('one node runs it, and the others show the same of everybody, and where it runs', async () => {
  const { one, two, settle } = await nodes(2)
  assert.deepEqual([one.runs.length, two.runs.length], [1, 0])
  assert.deepEqual(two.service.pending(), ['xmpp'])
  logIn(one.run, 'ada')
  await settle()
  assert.deepEqual([one.says(), two.says()], ['available', 'available'])
  assert.deepEqual([one.source.state, one.source.detail], ['settled', 'a server'])
  assert.deepEqual([two.source.state, two.source.detail], ['standby', 'run by node one, settled: a server'])
  assert.deepEqual(two.service.pending(), [])
})

test('when the lease is lost the run is told at once, and nothing that it still says counts', async () => {
  const { one, two, settle } = await nodes(2)
  logIn(one.run, 'ada')
  await settle()
  const { run } = one
  one.store.grantLease(LEASE, false)
  assert.equal(run.signal.aborted, true)
  run.session.publish('ada', { status: 'busy', message: 'too late' })
  run.session.withdraw('ada')
  await settle()
  assert.equal(two.says(), 'available (stale)')
  assert.equal(two.runs.length, 1, 'the other one runs it now')
  assert.equal(one.source.state, 'standby')
  run.end()
  logIn(two.run, 'ada')
  await settle()
  assert.deepEqual([one.says(), two.says()], ['available', 'available'])
  assert.equal(one.source.detail, 'run by node two, settled: a server')
})

test('a node that was held up, and does not know yet that another one has taken over, overwrites nothing', async () => {
  const { hub, one, two, settle } = await nodes(2)
  logIn(one.run, 'ada', 'ben')
  await settle()
  // Saved by nobody yet when the other one takes over.
  const release = one.store.holdSaves()
  one.run.session.publish('ada', { status: 'busy', message: 'held up' })
  await turns()
  one.store.grantLease(LEASE, false)
  await turns()
  logIn(two.run, 'ada')
  await turns()
  release()
  one.run.end()
  await settle()
  const saved = hub.users.get('ada')?.get('xmpp')?.presence
  assert.deepEqual([saved?.status, saved?.message], ['available', ''])
  assert.deepEqual([one.says('ada'), two.says('ada')], ['available', 'available'])
  assert.deepEqual(
    [one.says('ben'), two.says('ben')],
    ['unavailable', 'unavailable'],
    'the new session did not see ben',
  )
})

test('what the lost node knew is stale until the new session has settled, and unavailable after the grace at the latest', async () => {
  const { clock, one, two, settle } = await nodes(2)
  logIn(one.run, 'ada')
  await settle()
  one.store.grantLease(LEASE, false)
  await settle()
  two.run.session.connected('a server')
  await settle()
  for (const node of [one, two]) assert.equal(node.says(), 'available (stale)')
  two.run.end()
  await settle()
  clock.advance(GRACE - 1_000)
  await settle()
  for (const node of [one, two]) assert.equal(node.says(), 'available (stale)')
  clock.advance(60_000)
  await settle()
  for (const node of [one, two]) assert.equal(node.says(), 'unavailable (stale)')
})

test('whoever takes over knows how things stand, also when that has not been told yet', async () => {
  const { one, two, settle } = await nodes(2)
  const release = two.store.holdNews()
  logIn(one.run, 'ada')
  await settle()
  assert.deepEqual(two.service.pending(), ['xmpp'])
  one.store.grantLease(LEASE, false)
  await turns()
  assert.deepEqual([two.source.state, two.service.pending()], ['connecting', []])
  release()
})

test('a node that stops says so before another one runs it', async () => {
  const { one, two, settle } = await nodes(2)
  logIn(one.run, 'ada')
  await settle()
  const stopping = one.host.stop()
  await settle()
  assert.equal(two.runs.length, 0, 'the collector has not ended yet')
  one.run.end()
  await settle()
  await stopping
  assert.equal(two.runs.length, 1)
  assert.equal(two.says(), 'available (stale)')
})

test('while the fence cannot be raised it does not connect, and then it does', async () => {
  const { clock, one, two, settle } = await nodes(2)
  two.store.failSaves(new SavingError('away'))
  one.store.grantLease(LEASE, false)
  await settle()
  clock.advance(1_000)
  await settle()
  assert.equal(two.runs.length, 0)
  two.store.failSaves()
  clock.advance(1_000)
  await settle()
  assert.equal(two.runs.length, 1)
})

test('a node of which nothing is heard is taken for gone, though nobody takes over', async () => {
  const { hub, clock, one, two, settle } = await nodes(2)
  logIn(one.run, 'ada')
  await settle()
  two.store.grantLease(LEASE, false)
  // As if it hung, and the store with it.
  one.store.crash()
  assert.equal(hub.records.size > 0, true)
  for (let passed = 0; passed < 19_000; passed += 1_000) {
    clock.advance(1_000)
    await nextTurn()
  }
  assert.equal(two.says(), 'available')
  clock.advance(1_500)
  await nextTurn()
  assert.equal(two.says(), 'available (stale)')
  clock.advance(GRACE)
  await nextTurn()
  assert.equal(two.says(), 'unavailable (stale)')
})

test('a node that loses the lease while it takes over shows at once how things stand with the one that has it', async () => {
  const { one, two, settle } = await nodes(2)
  logIn(one.run, 'ada')
  await settle()
  const letRaise = two.store.holdSaves()
  one.store.grantLease(LEASE, false)
  await turns()
  const letSave = two.store.holdSaves()
  letRaise()
  await turns()
  assert.equal(two.source.state, 'connecting', 'it has taken over, and saves that')
  two.store.grantLease(LEASE, false)
  one.store.grantLease(LEASE, true)
  one.runs[0]?.end()
  await turns()
  logIn(one.run, 'ada')
  await turns()
  letSave()
  await settle()
  assert.equal(two.runs.length, 0)
  assert.deepEqual([two.source.state, two.source.detail], ['standby', 'run by node one, settled: a server'])
  assert.deepEqual([one.says(), two.says()], ['available', 'available'])
})

test('whoever takes over twice in a row counts from the last sign of life of the one in between', async () => {
  const { clock, one, two, settle } = await nodes(2)
  logIn(one.run, 'ada')
  await settle()
  const [first, second] = [one.service.collector('xmpp'), two.service.collector('xmpp')]
  assert.ok(first && second)
  await second.takeOver(5)
  // As a node that was held up: it was never told to look on.
  await first.takeOver(6)
  const session = first.open(() => {})
  session.connected('a server')
  session.publish('ada', { status: 'available', message: '' })
  session.settled()
  for (let passed = 0; passed < 50; passed += 1) {
    clock.advance(1_000)
    await settle()
  }
  await second.takeOver(7)
  assert.equal(two.says(), 'available (stale)')
  clock.advance(GRACE - 15_000)
  await settle()
  assert.equal(two.says(), 'available (stale)')
  clock.advance(30_000)
  await settle()
  assert.equal(two.says(), 'unavailable (stale)')
})

test('what the store has lost is saved again to the last, also when a session speaks whose lease is lost', async () => {
  const { hub, one, two, settle } = await nodes(2)
  const users = Array.from({ length: 1_500 }, (_, index) => `user${index}`)
  logIn(one.run, ...users)
  await settle()
  await two.service.close()
  const release = one.store.holdSaves()
  one.run.session.publish('user1', { status: 'away', message: '' })
  await turns()
  hub.empty()
  await turns()
  // In place of what is to be saved again; and what is to be saved is to be refused.
  one.run.session.publish('user0', { status: 'away', message: '' })
  hub.raiseFence('xmpp', 99)
  release()
  await settle()
  assert.equal(hub.users.size, 1_499, 'all but the one whom the lost session spoke of')
})
