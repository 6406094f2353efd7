// Several presence services on one store in tests, each with a clock, a network and collectors of its own.
import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../src/core/clock.ts'
import type { Presence, Status } from '../../src/core/presence.ts'
import { PresenceService, type ServiceRules } from '../../src/core/presence-service.ts'
import type { PresenceStore } from '../../src/core/store.ts'
import { UserMap } from '../../src/core/user-map.ts'
import type { Subscription } from '../../src/core/watchers.ts'
import { eventId, positionOf } from '../../src/http/event-ids.ts'
import { manual } from '../../src/plugins/manual/index.ts'
import { spreed } from '../../src/plugins/spreed/index.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { MemoryHub } from '../../src/store/memory-hub.ts'
import { ManualClock } from './manual-clock.ts'
import { type RecordedLog, recordedLog } from './recorded-log.ts'

/** Of a publication to spreed. */
export const LENGTH = 120_000

/** One node. Its sources are `spreed` (two minutes, with sessions) and `manual` (a day). */
export class Node<Store extends PresenceStore = MemoryStore> {
  readonly service: PresenceService
  readonly store: Store
  readonly clock: Clock
  readonly log: RecordedLog

  private constructor(service: PresenceService, store: Store, clock: Clock, log: RecordedLog) {
    this.service = service
    this.store = store
    this.clock = clock
    this.log = log
  }

  static async start<Of extends PresenceStore>(
    store: Of,
    name: string,
    clock: Clock = new ManualClock(),
    sources = ['spreed', 'manual'],
  ): Promise<Node<Of>> {
    const log = recordedLog()
    const service = await PresenceService.start({
      ...{ store, clock, log, node: name },
      sources: sources.map((source) => ({ name: source, kind: 'publishable' as const })),
      rules: rulesOf(clock),
    })
    return new Node(service, store, clock, log)
  }

  publish(userId: string, status: Status | null, message = '', more: { source?: string; device?: string } = {}) {
    const { source = 'spreed', device } = more
    return this.service.publish([{ userId, source, status, message, ...(device !== undefined && { device }) }])
  }

  status(userId: string): Status {
    return this.service.read(userId).combined.status
  }

  wire(userId: string): string {
    return wire(this.service.read(userId))
  }

  /** What is known of a user. */
  shows(userId: string): string {
    return shown(this.service.read(userId))
  }
}

function rulesOf(clock: Clock): ServiceRules {
  const log = recordedLog()
  const context = { log, clock, mapUser: () => undefined, mappedIds: () => [] }
  const plugins = new Map([
    ['spreed', spreed.create({ auto_unavailable: LENGTH / 60_000 }, { ...context, source: 'spreed' })],
    ['manual', manual.create({ expire: 24, requires_presence: false }, { ...context, source: 'manual' })],
  ])
  const publishable: ServiceRules['publishable'] = new Map(
    [...plugins].map(([name, plugin]) => {
      assert.ok('accept' in plugin)
      return [name, plugin]
    }),
  )
  return {
    combinedOrder: ['manual', 'busy', 'available', 'away', 'unavailable'],
    userMap: new UserMap(),
    forgetAfter: undefined,
    publishable,
  }
}

/** Everything but the moment at which the combined status began. */
export function shown(presence: Presence): string {
  const inside = [...presence.sources].map(([name, { expires, devices }]) => {
    return [name, expires, devices?.map(({ device, status }) => [device, status])]
  })
  return JSON.stringify([wire(presence), inside.sort()])
}

/** What a change of would be told to watchers. */
export function wire({ combined, sources }: Presence): string {
  const sections = [...sources].map(([name, { status, message, since, stale, expires }]) => {
    return [name, status, message, since, stale, expires !== undefined]
  })
  const { status, message, source, stale } = combined
  return JSON.stringify([status, message, source, stale, sections.sort()])
}

/** So many nodes on one memory hub, on one clock. */
export async function startNodes(count: number, shards = 3) {
  const hub = new MemoryHub({ shared: true, shards })
  const clock = new ManualClock()
  const nodes: Node[] = []
  for (let index = 0; index < count; index += 1) {
    nodes.push(await Node.start(new MemoryStore(hub), `node ${index}`, clock))
  }
  return { hub, clock, nodes }
}

/** Lets everything happen that is due now, on all nodes. */
export async function settle(clock: ManualClock, nodes: readonly Node<PresenceStore>[], rounds = 4): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await nextTurn()
    for (const { service } of nodes) await service.idle()
    clock.advance(0)
  }
}

/** A client that watches everybody, and may come back to another node; told what they see and in which order. */
export class Client {
  readonly known = new Map<string, string>()
  /** To which it is connected, or was last. */
  node: Node<PresenceStore> | undefined
  #subscription: Subscription | undefined
  id: string | undefined
  /** Called with everything that it is told. */
  readonly #sees: (userId: string, presence: Presence) => void

  constructor(sees: (userId: string, presence: Presence) => void = () => {}) {
    this.#sees = sees
  }

  /** Connects (again), as a stream of server-sent events does. Tells whether it could go on from where it was. */
  async connect(node: Node<PresenceStore>): Promise<boolean> {
    const { service } = node
    const { watching } = service
    this.disconnect()
    this.node = node
    const resume = positionOf(this.id)
    this.#subscription = watching.subscribe({ everybody: true }, () => {})
    if (resume !== undefined && watching.isBehind(resume)) await watching.catchUp(resume)
    const resumed = resume !== undefined && watching.remembers(resume) ? resume : undefined
    const ready = watching.position
    const users = service.page({ limit: 1_000 }).users
    if (resumed === undefined) this.known.clear()
    for (const user of users) if (resumed === undefined || watching.missed(user, resumed)) this.#see(user)
    if (resumed !== undefined)
      for (const user of [...watching.removedSince({ everybody: true }, resumed)]) this.#see(user)
    this.id = eventId(watching.telling(ready))
    return resumed !== undefined
  }

  /** Reads so many events. */
  read(count = Number.POSITIVE_INFINITY): void {
    const watching = this.node?.service.watching
    for (let index = 0; index < count; index += 1) {
      const told = this.#subscription?.take()
      if (told === undefined || watching === undefined) return
      this.#see(told.userId)
      this.id = eventId(watching.telling(told.position))
    }
  }

  disconnect(): void {
    this.#subscription?.close()
    this.#subscription = undefined
  }

  #see(userId: string): void {
    const presence = this.node?.service.read(userId)
    if (presence === undefined) return
    this.#sees(userId, presence)
    if (presence.sources.size === 0) this.known.delete(userId)
    else this.known.set(userId, wire(presence))
  }
}
