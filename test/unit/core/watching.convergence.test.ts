// Random stories with watchers that come, go and come back: in the end each knows what a reader knows, and nobody goes back in time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Position } from '../../../src/core/position.ts'
import { STATUSES } from '../../../src/core/presence.ts'
import type { OpenSession } from '../../../src/core/sessions.ts'
import type { Subscription } from '../../../src/core/watchers.ts'
import { GRACE, MINUTE, ServiceBench } from '../../support/service.ts'

const USERS = ['ada@x', 'bob@x', 'eva@y']

/** A client: what it was told of each user, and the id of its last event. */
class Client {
  readonly known = new Map<string, string>()
  #subscription: Subscription | undefined
  #position: Position | undefined

  /** Connects (again), as a stream of server-sent events does. */
  connect(bench: ServiceBench): void {
    if (this.#subscription !== undefined) return
    const { watching } = bench.service
    const resumed = this.#position !== undefined && watching.remembers(this.#position) ? this.#position : undefined
    this.#subscription = watching.subscribe({ everybody: true }, () => {})
    const ready = watching.position
    const told = new Set(bench.service.page({ limit: 100 }).users)
    if (resumed === undefined) for (const user of this.known.keys()) if (!told.has(user)) this.known.delete(user)
    const gone = resumed === undefined ? [] : watching.removedSince({ everybody: true }, resumed)
    for (const user of told) if (resumed === undefined || watching.missed(user, resumed)) this.#see(bench, user)
    for (const user of gone) this.#see(bench, user)
    this.#position = ready
  }

  /** Reads so many events. */
  read(bench: ServiceBench, count: number): void {
    for (let index = 0; index < count; index += 1) {
      const told = this.#subscription?.take()
      if (told === undefined) return
      this.#see(bench, told.userId)
      this.#position = told.position
    }
  }

  disconnect(): void {
    this.#subscription?.close()
    this.#subscription = undefined
  }

  #see(bench: ServiceBench, user: string): void {
    this.known.set(user, state(bench, user))
  }
}

function state(bench: ServiceBench, user: string): string {
  const { combined, sources } = bench.service.read(user)
  return JSON.stringify([
    combined,
    [...sources].map(([name, { status, since, stale }]) => [name, status, since, stale]),
  ])
}

const user = fc.constantFrom(...USERS)
const status = fc.constantFrom(...STATUSES)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('publish' as const), user, status }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('say' as const), user, status }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), user }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('advance' as const), by: fc.constantFrom(1_000, GRACE, 2 * MINUTE) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), count: fc.nat(3) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom('connect', 'settle', 'lose', 'join', 'leave', 'restart') }),
  },
)

test('whatever happens, a watcher who comes back and reads to the end knows what a reader knows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const bench = await ServiceBench.start()
      const client = new Client()
      let session: OpenSession | undefined
      for (const one of steps) {
        if (one.do === 'publish') await bench.publish(one.user, one.status)
        else if (one.do === 'say') session?.publish(one.user, { status: one.status, message: '' })
        else if (one.do === 'forget') await bench.service.forget(one.user)
        else if (one.do === 'read') client.read(bench, one.count)
        else if (one.do === 'advance') await bench.advance(one.by)
        else if (one.do === 'connect') session ??= bench.connect()
        else if (one.do === 'settle') session?.settled()
        else if (one.do === 'join') client.connect(bench)
        else if (one.do === 'leave') client.disconnect()
        else {
          session?.end('lost')
          session = undefined
          if (one.do === 'restart') {
            await bench.advance(0)
            client.disconnect()
            await bench.restart()
          }
        }
        await bench.advance(0)
      }
      client.connect(bench)
      client.read(bench, 1_000)
      for (const userId of USERS) {
        const nothing = bench.service.read(userId).sources.size === 0 && !client.known.has(userId)
        if (!nothing) assert.equal(client.known.get(userId), state(bench, userId), userId)
      }
    }),
    { numRuns: 3_000, includeErrorInReport: true },
  )
})
