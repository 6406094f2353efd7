// Random stories on several nodes that lose their news, their store, or their lives: all end as one node alone would, and nobody is seen to go back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { SavingError } from '../../../src/core/errors.ts'
import { type Presence, STATUSES } from '../../../src/core/presence.ts'
import { MemoryStore, type Release } from '../../../src/store/memory.ts'
import type { MemoryHub } from '../../../src/store/memory-hub.ts'
import type { ManualClock } from '../../support/manual-clock.ts'
import { Client, LENGTH, Node, settle, startNodes } from '../../support/nodes.ts'

const USERS = ['ada', 'bob', 'carl@x']

/** What a client says: the number is the message, so that whoever sees it knows how new it is. */
interface Said {
  readonly user: string
  readonly source: 'spreed' | 'manual'
  readonly device: string | undefined
  readonly status: (typeof STATUSES)[number] | null
}

const node = fc.nat(3)
const user = fc.constantFrom(...USERS)
const status = fc.option(fc.constantFrom(...STATUSES), { nil: null, freq: 5 })
const said = fc.oneof(
  fc.record({ user, status, source: fc.constant('spreed' as const), device: fc.constantFrom(undefined, 'a', 'b') }),
  fc.record({ user, status, source: fc.constant('manual' as const), device: fc.constant(undefined) }),
)
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('say' as const), node, said }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tabs' as const), node, user }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), node, user }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('advance' as const), by: fc.constantFrom(10, 1_000, LENGTH) }),
  },
  { weight: 9, arbitrary: fc.record({ do: fc.constantFrom('hold', 'release', 'lose', 'cut', 'kill', 'join'), node }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), count: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('empty', 'leave') }) },
)
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

class Story {
  readonly #hub: MemoryHub
  readonly #clock: ManualClock
  readonly #nodes: Node[]
  /** One node alone, on a store of its own, that is told whatever was answered. */
  readonly #alone: Node
  readonly #releases = new Map<Node, Release[]>()
  readonly #client: Client
  /** The newest that the client has seen of each source of each user, or of each of their tabs. */
  readonly #newest = new Map<string, number>()
  #said = 0

  constructor(hub: MemoryHub, clock: ManualClock, nodes: Node[], alone: Node) {
    this.#hub = hub
    this.#clock = clock
    this.#nodes = nodes
    this.#alone = alone
    this.#client = new Client((userId, presence) => this.#sees(userId, presence))
  }

  static async begin(count: number): Promise<Story> {
    const { hub, clock, nodes } = await startNodes(count, 2)
    return new Story(hub, clock, nodes, await Node.start(new MemoryStore(), 'alone', clock))
  }

  async take(one: Step): Promise<void> {
    switch (one.do) {
      case 'say':
        await this.#say(this.#at(one.node), one.said)
        break
      case 'tabs':
        await Promise.all(
          this.#nodes.map((node, index) => {
            return this.#say(node, { user: one.user, source: 'spreed', device: `tab ${index}`, status: 'busy' })
          }),
        )
        break
      case 'forget':
        if (await succeeds(this.#at(one.node).service.forget(one.user))) await this.#alone.service.forget(one.user)
        break
      case 'advance':
        this.#clock.advance(one.by)
        break
      case 'read':
        this.#client.read(one.count)
        break
      case 'leave':
        this.#client.disconnect()
        break
      case 'empty':
        await this.#healAll()
        this.#hub.empty()
        break
      default:
        await this.#fault(one.do, one.node)
    }
  }

  /** Lets everything happen that is due now. */
  async settle(rounds?: number): Promise<void> {
    await settle(this.#clock, [...this.#nodes, this.#alone], rounds)
  }

  async end(): Promise<void> {
    await this.#healAll()
    await this.settle(6)
    for (const userId of USERS) {
      for (const node of this.#nodes) assert.equal(node.shows(userId), this.#alone.shows(userId), userId)
      // Who was cut off may have dated the combined status by what they did not know; all believe the same.
      const since = new Set(this.#nodes.map((node) => node.service.read(userId).combined.since))
      assert.equal(since.size, 1, `since when ${userId} is so`)
    }
    const [first] = this.#nodes
    assert.ok(first)
    await this.#client.connect(first)
    this.#client.read()
    for (const userId of USERS) {
      if (first.service.read(userId).sources.size === 0) assert.equal(this.#client.known.get(userId), undefined, userId)
      else assert.equal(this.#client.known.get(userId), first.wire(userId), userId)
    }
    const fresh = await Node.start(new MemoryStore(this.#hub), 'fresh', this.#clock)
    for (const userId of USERS) assert.equal(fresh.shows(userId), this.#alone.shows(userId), `${userId} in the store`)
  }

  async #say(node: Node, { user: userId, source, device, status: wanted }: Said): Promise<void> {
    this.#said += 1
    const message = wanted === null ? '' : String(this.#said)
    const more = { source, ...(device !== undefined && { device }) }
    if (await succeeds(node.publish(userId, wanted, message, more)))
      await this.#alone.publish(userId, wanted, message, more)
  }

  async #fault(kind: string, index: number): Promise<void> {
    const node = this.#at(index)
    const releases = this.#releases.get(node) ?? []
    this.#releases.set(node, releases)
    if (kind === 'hold') releases.push(node.store.holdNews())
    else if (kind === 'cut' && node.store.state.connected) releases.push(node.store.cutOff())
    else if (kind === 'lose') node.store.loseNews()
    else if (kind === 'release') this.#release(node)
    else if (kind === 'kill') {
      this.#release(node)
      const next = await Node.start(node.store.crash(), 'again', this.#clock)
      this.#nodes[this.#nodes.indexOf(node)] = next
      if (this.#client.node === node) this.#client.disconnect()
    } else if (kind === 'join') {
      let connected = false
      const done = this.#client.connect(node).then(() => {
        connected = true
      })
      for (let round = 0; round < 3; round += 1) await nextTurn()
      if (!connected) this.#release(node)
      await this.settle()
      await done
    }
  }

  #release(node: Node): void {
    for (const release of this.#releases.get(node) ?? []) release()
    this.#releases.delete(node)
  }

  async #healAll(): Promise<void> {
    for (const node of this.#nodes) this.#release(node)
    await this.settle(6)
  }

  #at(index: number): Node {
    const found = this.#nodes[index % this.#nodes.length]
    assert.ok(found)
    return found
  }

  #sees(userId: string, { sources }: Presence): void {
    for (const source of ['spreed', 'manual']) {
      const view = sources.get(source)
      const devices = view?.devices ?? (view === undefined ? [] : [{ device: '', message: view.message }])
      for (const { device, message } of devices) {
        if (message === '') continue
        const name = `${userId} ${source} ${view?.devices === undefined ? 'all' : device}`
        const before = this.#newest.get(name) ?? 0
        assert.ok(Number(message) >= before, `${name} was ${before} and is ${message}`)
        this.#newest.set(name, Number(message))
      }
    }
  }
}

async function succeeds(promise: Promise<void>): Promise<boolean> {
  try {
    await promise
    return true
  } catch (error) {
    assert.ok(error instanceof SavingError, String(error))
    return false
  }
}

test('whatever happens to whom, all nodes and the store end as one node alone, and a client who changes between them sees nobody go back', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 4 }),
      fc.array(step, { minLength: 5, maxLength: 30 }),
      async (count, steps) => {
        const story = await Story.begin(count)
        for (const one of steps) {
          await story.take(one)
          await story.settle()
        }
        await story.end()
      },
    ),
    { numRuns: Number(process.env.KOPANO_PRESENCE_RUNS ?? 150), includeErrorInReport: true },
  )
})
