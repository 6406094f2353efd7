// Several presence services on one store: what one of them is told counts on all, in the right order, whatever is lost on the way.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { SavingError } from '../../../src/core/errors.ts'
import { FORGET_INTERVAL } from '../../../src/core/signs-of-life.ts'
import type { Change, Entry, SaveResult } from '../../../src/core/store.ts'
import { CATCH_UP } from '../../../src/core/watching.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import { MemoryHub } from '../../../src/store/memory-hub.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { Client, LENGTH, Node, settle, startNodes } from '../../support/nodes.ts'

async function two() {
  const { nodes, ...rest } = await startNodes(2)
  const [one, other] = nodes
  assert.ok(one && other)
  return { ...rest, nodes, one, other, settled: () => settle(rest.clock, nodes) }
}

test('what one node is told, the others show, and their watchers are told of it once', async () => {
  const { one, other, settled } = await two()
  const client = new Client()
  await client.connect(other)
  await one.publish('Ada@x', 'busy', 'writing')
  assert.equal(one.status('ada@x'), 'busy')
  await settled()
  assert.equal(other.shows('ada@x'), one.shows('ada@x'))
  assert.deepEqual(other.service.page({ domain: 'x', limit: 10 }).users, ['ada@x'])
  assert.equal(other.service.sources()[0]?.users, 1)
  const seen: string[] = []
  await new Client((user, { combined }) => seen.push(`${user} ${combined.status}`)).connect(other)
  assert.deepEqual(seen, ['ada@x busy'])
  client.read()
  assert.equal(client.known.get('ada@x'), one.wire('ada@x'))
  await one.publish('ada@x', 'busy', 'writing')
  await settled()
  const before = client.id
  client.read()
  assert.equal(client.id, before, 'a heartbeat is no change')
})

test('who is taken away on one node is gone on the others', async () => {
  const { one, other, settled } = await two()
  await one.publish('ada', 'busy')
  await one.publish('ada', 'away', '', { source: 'manual' })
  await settled()
  await other.service.forget('ada')
  await settled()
  for (const node of [one, other]) {
    assert.equal(node.service.read('ada').sources.size, 0)
    assert.deepEqual(node.service.page({ limit: 10 }).users, [])
  }
})

test('a deadline passes on every node, and one of them saves what it makes of the user', async () => {
  const { hub, clock, one, other, settled } = await two()
  await one.publish('ada', 'busy')
  await settled()
  other.store.save = () => assert.fail('it is not in charge')
  clock.advance(LENGTH)
  assert.deepEqual([one.status('ada'), other.status('ada')], ['unavailable', 'unavailable'])
  await settled()
  assert.equal(hub.users.get('ada')?.get('spreed')?.presence?.status, 'unavailable')
  const saved = hub.versions.reduce((sum, version) => sum + version)
  assert.equal(saved, 2, 'the publication, and one outcome')
})

test('watchers are told what a deadline made of a user also where another node was quicker to save it', async () => {
  /** The time goes on, and the timers are late. */
  class Late extends ManualClock {
    by = 0

    override now(): number {
      return super.now() + this.by
    }
  }
  const hub = new MemoryHub({ shared: true })
  const [clock, late] = [new ManualClock(), new Late()]
  const one = await Node.start(new MemoryStore(hub), 'one', clock)
  const other = await Node.start(new MemoryStore(hub), 'other', late)
  await one.publish('ada', 'busy')
  await settle(clock, [one, other])
  const client = new Client()
  await client.connect(other)
  assert.equal(client.known.get('ada'), other.wire('ada'))
  late.by = LENGTH
  clock.advance(LENGTH)
  await settle(clock, [one, other])
  client.read()
  assert.match(client.known.get('ada') ?? '', /unavailable/)
  assert.equal(client.known.get('ada'), other.wire('ada'))
})

test('when the node dies that saved what deadlines made, another one saves what it has left undone', async () => {
  const { hub, clock, one, other, settled } = await two()
  await one.publish('ada', 'busy')
  await settled()
  one.store.crash()
  clock.advance(LENGTH)
  await settle(clock, [other])
  assert.equal(other.status('ada'), 'unavailable')
  assert.equal(hub.users.get('ada')?.get('spreed')?.presence?.status, 'unavailable')
})

test('tabs on different nodes at the same time speak side by side: none that was answered is lost', async () => {
  const { one, other, settled } = await two()
  const say = (node: Node, device: string) => node.publish('ada', 'busy', device, { device })
  const tabs = Array.from({ length: 12 }, (_, index) => `tab ${index}`)
  await Promise.all(tabs.flatMap((tab) => [say(one, `${tab} here`), say(other, `${tab} there`)]))
  await settled()
  for (const node of [one, other]) {
    const devices = node.service
      .read('ada')
      .sources.get('spreed')
      ?.devices?.map(({ device }) => device)
    assert.deepEqual(devices?.toSorted(), tabs.flatMap((tab) => [`${tab} here`, `${tab} there`]).toSorted())
  }
})

test('a heartbeat on one node wins over the outcome of the deadline that another one saves', async () => {
  const { clock, one, other, settled } = await two()
  await one.publish('ada', 'busy')
  await settled()
  const release = one.store.holdSaves()
  clock.advance(LENGTH)
  await Promise.resolve()
  await other.publish('ada', 'available')
  release()
  await settled()
  assert.deepEqual([one.status('ada'), other.status('ada')], ['available', 'available'])
})

/** Answers saves, and loads, when a test says so. */
class Slow extends MemoryStore {
  answers: Promise<void> = Promise.resolve()
  loads: Promise<void> = Promise.resolve()
  /** How many saves were made or refused. */
  judged = 0

  override async save(changes: readonly Change[]): Promise<readonly SaveResult[]> {
    const results = await super.save(changes)
    this.judged += 1
    await this.answers
    return results
  }

  override async *load(): AsyncGenerator<Entry> {
    await this.loads
    yield* super.load()
  }
}

function gate(): { readonly shut: Promise<void>; open(): void } {
  let open = (): void => {}
  const shut = new Promise<void>((resolve) => {
    open = resolve
  })
  return { shut, open }
}

/** Two nodes, the first of which is slow; both know ada, whose deadline is one second away. */
async function slowAndOther() {
  const hub = new MemoryHub({ shared: true })
  const clock = new ManualClock()
  const slow = await Node.start(new Slow(hub), 'slow', clock)
  const other = await Node.start(new MemoryStore(hub), 'other', clock)
  const settled = () => settle(clock, [slow, other])
  await slow.publish('ada', 'busy')
  await settled()
  clock.advance(LENGTH - 1_000)
  const { judged } = slow.store
  const refused = async (): Promise<void> => {
    while (slow.store.judged === judged) await nextTurn()
  }
  return { clock, slow, other, settled, refused }
}

test('a refusal that is answered late takes away nothing that was said since', async () => {
  const { slow, other, settled, refused } = await slowAndOther()
  const [news, answers] = [slow.store.holdNews(), gate()]
  await other.service.forget('ada')
  slow.store.answers = answers.shut
  const published = slow.publish('ada', 'away')
  await refused()
  await other.publish('ada', 'available')
  news()
  assert.equal(slow.status('ada'), 'available')
  answers.open()
  await published
  await settled()
  assert.deepEqual([slow.status('ada'), other.status('ada')], ['away', 'away'])
})

test('a refusal that is answered late brings back nobody who was taken away since', async () => {
  const { clock, slow, other, settled, refused } = await slowAndOther()
  const [news, answers] = [slow.store.holdNews(), gate()]
  await other.publish('ada', 'available')
  slow.store.answers = answers.shut
  clock.advance(1_000)
  await refused()
  await other.service.forget('ada')
  news()
  answers.open()
  await settled()
  for (const node of [slow, other]) assert.equal(node.service.read('ada').sources.size, 0)
})

test('who was found to be taken away while everything is loaded is shown again as soon as they say something', async () => {
  const { clock, slow, other, settled, refused } = await slowAndOther()
  const [news, loads] = [slow.store.holdNews(), gate()]
  await other.service.forget('ada')
  slow.store.loads = loads.shut
  slow.store.loseNews()
  clock.advance(1_000)
  await refused()
  news()
  loads.open()
  await settled()
  await other.publish('ada', 'available')
  await settled()
  assert.deepEqual([slow.status('ada'), other.status('ada')], ['available', 'available'])
})

test('what was missed is loaded beside what is shown: what is newer counts, what is gone goes, and watchers are told', async () => {
  const { one, other, settled } = await two()
  for (const user of ['ada', 'bob', 'eva']) await one.publish(user, 'busy')
  await settled()
  const client = new Client()
  await client.connect(other)
  const release = other.store.holdNews()
  await one.publish('ada', 'away')
  await one.service.forget('bob')
  await one.publish('zoe', 'available')
  other.store.loseNews()
  assert.equal(other.service.store.complete, false)
  assert.equal(other.status('ada'), 'busy', 'reads go on')
  await settled()
  release()
  assert.equal(other.service.store.complete, true)
  client.read()
  assert.deepEqual([...client.known.keys()].toSorted(), ['ada', 'eva', 'zoe'])
  for (const user of ['ada', 'bob', 'eva', 'zoe']) assert.equal(other.shows(user), one.shows(user))
  assert.equal(client.known.get('ada'), one.wire('ada'))
})

test('a store that was emptied is given everything again by the nodes, the newest of each', async () => {
  const { hub, clock, one, other, settled } = await two()
  await one.publish('ada', 'busy')
  await one.publish('ada', 'away', 'lunch', { source: 'manual' })
  await other.publish('bob', 'away')
  await settled()
  clock.advance(1_000)
  const release = other.store.holdNews()
  await one.publish('ada', 'available', 'newer')
  hub.empty()
  await settled()
  release()
  await settled()
  const truth = one.shows('ada')
  assert.match(truth, /newer/)
  assert.equal(other.shows('ada'), truth)
  assert.equal(other.status('bob'), 'away')
  const third = await Node.start(new MemoryStore(hub), 'third', clock)
  for (const user of ['ada', 'bob']) assert.equal(third.shows(user), one.shows(user))
  await other.publish('bob', 'busy')
  await settled()
  for (const node of [one, third]) assert.equal(node.status('bob'), 'busy')
})

test('without the store reads go on, publications are refused, and afterwards all nodes are equal', async () => {
  const { clock, one, other, settled } = await two()
  await one.publish('ada', 'busy')
  await settled()
  const back = other.store.cutOff()
  assert.equal(other.service.store.connected, false)
  await one.publish('bob', 'away')
  await assert.rejects(other.publish('eva', 'busy'), SavingError)
  clock.advance(LENGTH)
  assert.equal(other.status('ada'), 'unavailable')
  back()
  await settled()
  assert.equal(other.service.store.connected, true)
  for (const user of ['ada', 'bob', 'eva']) assert.equal(other.shows(user), one.shows(user))
})

test('entries of sources that this node does not know are left alone', async () => {
  const { hub, clock, one, settled } = await two()
  const third = await Node.start(new MemoryStore(hub), 'third', clock, ['spreed'])
  await one.publish('ada', 'busy', '', { source: 'manual' })
  await settled()
  third.store.loseNews()
  await settle(clock, [third])
  assert.deepEqual([...third.service.read('ada').sources.keys()], [])
  assert.deepEqual([...one.service.read('ada').sources.keys()], ['manual'])
})

test('whoever comes back to another node goes on from where they were', async () => {
  const { one, other, settled } = await two()
  const seen: string[] = []
  const client = new Client((user, { combined }) => seen.push(`${user} ${combined.status}`))
  await one.publish('ada', 'busy')
  await one.publish('bob', 'busy')
  await settled()
  await client.connect(one)
  await one.publish('eva', 'busy')
  client.read()
  client.disconnect()
  await other.publish('bob', 'away')
  await settled()
  seen.length = 0
  assert.equal(await client.connect(other), true)
  assert.ok(seen.includes('bob away'))
  assert.ok(!seen.some((one) => one.startsWith('ada')), 'and is told nothing that has not changed')
})

test('whoever comes back to a node that had to load everything anew is told who went meanwhile, though it never knew them', async () => {
  const { one, other, settled } = await two()
  const client = new Client()
  await client.connect(other)
  const release = one.store.holdNews()
  await other.publish('ada', 'busy')
  await settled()
  client.read()
  assert.ok(client.known.has('ada'))
  await other.service.forget('ada')
  one.store.loseNews()
  await settled()
  release()
  await settled()
  await client.connect(one)
  assert.deepEqual([...client.known.keys()], [])
})

test('a node that was told less than a client has seen catches up before it answers', async () => {
  const { clock, one, other, settled } = await two()
  await one.publish('ada', 'busy')
  await settled()
  const seen: string[] = []
  const client = new Client((user, { combined }) => seen.push(`${user} ${combined.status}`))
  const release = other.store.holdNews()
  await client.connect(one)
  await one.publish('ada', 'away')
  client.read()
  const connected = client.connect(other)
  await settled()
  assert.deepEqual(seen, ['ada busy', 'ada away'])
  release()
  assert.equal(await connected, true)
  await settled()
  client.read()
  assert.ok(!seen.slice(2).includes('ada busy'))
  assert.equal(client.known.get('ada'), one.wire('ada'))

  const again = other.store.holdNews()
  await client.connect(one)
  await one.publish('ada', 'busy')
  client.read()
  const late = client.connect(other)
  clock.advance(CATCH_UP)
  assert.equal(await late, false, 'not for ever: then everybody is told anew')
  again()
})

test('who has older news may be the first to save them again: the newest wins all the same', async () => {
  const { hub, clock, one, other, settled } = await two()
  await one.publish('ada', 'busy', 'older')
  await settled()
  clock.advance(1_000)
  const news = other.store.holdNews()
  await one.publish('ada', 'away', 'newer')
  const saves = one.store.holdSaves()
  hub.empty()
  news()
  await settle(clock, [other])
  assert.match(JSON.stringify([...(hub.users.get('ada')?.values() ?? [])]), /older/)
  assert.match(one.shows('ada'), /newer/)
  saves()
  await settled()
  for (const node of [one, other]) assert.match(node.shows('ada'), /newer/)
  assert.match(JSON.stringify([...(hub.users.get('ada')?.values() ?? [])]), /newer/)
})

test('a node that learns by a refusal that somebody was taken away does not bring back what was said before', async () => {
  const { one, other, settled } = await two()
  const manual = { source: 'manual' }
  await one.publish('ada', 'busy', 'first', manual)
  await settled()
  const seen: string[] = []
  const client = new Client((_, { sources }) => seen.push(sources.get('manual')?.message ?? 'nothing'))
  await client.connect(other)
  const news = other.store.holdNews()
  await one.publish('ada', 'busy', 'second', manual)
  await one.publish('ada', null, '', manual)
  const save = other.store.save.bind(other.store)
  let release = (): void => {}
  let tries = 0
  other.store.save = (changes) => {
    tries += 1
    if (tries === 2) release = other.store.holdSaves()
    return save(changes)
  }
  const published = other.publish('ada', 'busy', 'third', manual)
  while (tries < 2) await new Promise((resolve) => setImmediate(resolve))
  client.read()
  news()
  await new Promise((resolve) => setImmediate(resolve))
  client.read()
  release()
  await published
  await settled()
  client.read()
  assert.deepEqual(seen, ['first', 'nothing', 'third'])
  await one.publish('ada', 'away', 'fourth', manual)
  await settled()
  assert.match(other.shows('ada'), /fourth/)
})

/** Two nodes that know ada by spreed and manual; the second is told nothing more, and before each of its saves something may happen. */
async function deafAndOther(beforeSave: (tries: number) => Promise<void> | void) {
  const both = await two()
  const { one, other, settled } = both
  await one.publish('ada', 'available')
  await one.publish('ada', 'busy', 'first', { source: 'manual' })
  await settled()
  const seen: string[] = []
  const client = new Client((_, { sources }) => seen.push(sources.get('manual')?.message ?? 'nothing'))
  await client.connect(other)
  const news = other.store.holdNews()
  const save = other.store.save.bind(other.store)
  let tries = 0
  other.store.save = async (changes) => {
    tries += 1
    await beforeSave(tries)
    return await save(changes)
  }
  return { ...both, seen, client, news }
}

test('what was said before a user was found to be taken away, but for the mark of another source, is not shown', async () => {
  const waits = gate()
  const second = gate()
  const { one, other, settled, seen, client, news } = await deafAndOther((tries) => {
    if (tries < 2) return
    second.open()
    return waits.shut
  })
  await one.publish('ada', 'busy', 'second', { source: 'manual' })
  await one.publish('ada', null, '', { source: 'manual' })
  const published = other.publish('ada', 'busy', 'third', { source: 'manual' })
  await second.shut
  client.read()
  news()
  await nextTurn()
  client.read()
  waits.open()
  await published
  await settled()
  client.read()
  assert.deepEqual(seen, ['first', 'nothing', 'third'])
  await one.publish('ada', 'away', 'fourth', { source: 'manual' })
  await settled()
  assert.match(other.shows('ada'), /fourth/)
})

test('who was found to be taken away, and then to be back, is taken from there by whoever publishes next', async () => {
  const { one, other, settled, news } = await deafAndOther(async (tries) => {
    if (tries === 2) await one.publish('ada', 'away', 'second', { source: 'manual' })
  })
  await one.service.forget('ada')
  await other.publish('ada', 'busy', 'third', { source: 'manual' })
  assert.match(other.shows('ada'), /third/)
  news()
  await settled()
  for (const node of [one, other]) assert.match(node.shows('ada'), /third/)
})

test('what is only there for its mark is known, so whoever says something of it again is not refused first', async () => {
  const { hub, clock, one, other, settled } = await two()
  await one.publish('ada', 'available')
  await one.publish('ada', 'busy', '', { source: 'manual' })
  await one.publish('ada', null, '', { source: 'manual' })
  await settled()
  const third = await Node.start(new MemoryStore(hub), 'third', clock)
  for (const node of [one, other, third]) {
    let saves = 0
    const save = node.store.save.bind(node.store)
    node.store.save = (changes) => {
      saves += 1
      return save(changes)
    }
    await node.publish('ada', 'busy', '', { source: 'manual' })
    assert.equal(saves, 1, node === third ? 'as it was loaded' : 'as it was saved or told')
    await node.publish('ada', null, '', { source: 'manual' })
    await settle(clock, [one, other, third])
  }
})

test('who is forgotten while everything is loaded anew does not come back with what was read before', async () => {
  const { one, other, settled } = await two()
  await one.publish('ada', 'busy')
  await settled()
  const client = new Client()
  await client.connect(other)
  const load = other.store.load.bind(other.store)
  let goOn = (): void => {}
  const waits = new Promise<void>((resolve) => {
    goOn = resolve
  })
  other.store.load = async function* () {
    const entries = []
    for await (const entry of load()) entries.push(entry)
    await waits
    yield* entries
  }
  other.store.loseNews()
  await other.service.forget('ada')
  client.read()
  goOn()
  await settled()
  let told = 0
  const { watching } = other.service
  assert.equal(other.service.read('ada').sources.size, 0)
  client.read()
  assert.equal(client.known.size, 0)
  for (const _ of watching.removedSince({ everybody: true }, { epoch: '', told: [0, 0, 0] })) told += 1
  assert.equal(told, 1)
})

test('what waits for the store is saved as soon as that is back', async () => {
  const { hub, clock, one, other, settled } = await two()
  await one.publish('ada', 'busy')
  await settled()
  const back = one.store.cutOff()
  clock.advance(LENGTH)
  await settled()
  assert.equal(other.status('ada'), 'unavailable')
  assert.equal(hub.users.get('ada')?.get('spreed')?.presence?.status, 'busy')
  back()
  await settled()
  assert.equal(hub.users.get('ada')?.get('spreed')?.presence?.status, 'unavailable')
})

test('the store keeps one record of when nodes were there, whatever they are called and however many there were', async () => {
  const { hub, clock, nodes, settled } = await two()
  const clocks = () => [...hub.records.keys()].filter((name) => name.startsWith('clock'))
  for (let start = 0; start < 3; start += 1) nodes.push(await Node.start(new MemoryStore(hub), `node ${start}`, clock))
  clock.advance(FORGET_INTERVAL)
  await settled()
  const [name = ''] = clocks()
  assert.equal(clocks().length, 1)
  assert.equal(JSON.parse(hub.records.get(name) ?? '').now, clock.now())
})
