// A presence service on a memory store and a clock that only the test moves.
import assert from 'node:assert/strict'
import { silentLog } from '../../src/core/log.ts'
import type { Status } from '../../src/core/presence.ts'
import { PresenceService, type ServiceRules } from '../../src/core/presence-service.ts'
import type { Boot } from '../../src/core/saved-clock.ts'
import type { OpenSession } from '../../src/core/sessions.ts'
import { UserMap } from '../../src/core/user-map.ts'
import { manual } from '../../src/plugins/manual/index.ts'
import { spreed } from '../../src/plugins/spreed/index.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { ManualClock } from './manual-clock.ts'

export const MINUTE = 60_000
/** Of the collector `xmpp`. */
export const GRACE = MINUTE

export class ServiceBench {
  clock: ManualClock
  store: MemoryStore
  service: PresenceService
  /** How long the machine has run, where it shall be known. */
  boot: (() => Boot | undefined) | undefined
  readonly #rules: ServiceRules

  private constructor(service: PresenceService, clock: ManualClock, store: MemoryStore, rules: ServiceRules) {
    this.service = service
    this.clock = clock
    this.store = store
    this.#rules = rules
  }

  /** With the sources `spreed` (two minutes), `xmpp` (a collector) and `manual` (a day). */
  static async start(rules: Partial<ServiceRules> = {}): Promise<ServiceBench> {
    const clock = new ManualClock()
    const store = new MemoryStore()
    const plugin = spreed.create(
      { auto_unavailable: 2 },
      { source: 'spreed', log: silentLog, clock, mapUser: () => undefined, mappedIds: () => [] },
    )
    const own = manual.create(
      { expire: 24, requires_presence: true },
      { source: 'manual', log: silentLog, clock, mapUser: () => undefined, mappedIds: () => [] },
    )
    assert.ok('accept' in plugin && 'accept' in own)
    const all = {
      combinedOrder: ['manual', 'busy', 'available', 'away', 'unavailable'],
      userMap: new UserMap(),
      forgetAfter: undefined,
      publishable: new Map([
        ['spreed', plugin],
        ['manual', own],
      ]),
      ...rules,
    }
    return new ServiceBench(await started(clock, store, all), clock, store, all)
  }

  /** As after `kill -9`, so many milliseconds later. */
  async restart(later = 0): Promise<void> {
    this.store = this.store.crash()
    this.clock.advance(later)
    this.service = await started(this.clock, this.store, this.#rules, this.boot)
  }

  /** The same, with a clock that was set meanwhile, and is so far behind the wall's. */
  async restartAt(now: number, lead = 0): Promise<void> {
    this.clock = new ManualClock(now)
    this.clock.jumpWall(lead)
    await this.restart()
  }

  publish(userId: string, status: Status, message = ''): Promise<void> {
    return this.service.publish([{ userId, source: 'spreed', status, message }])
  }

  /** A login of the collector. */
  connect(flooded: () => void = () => assert.fail('flooded')): OpenSession {
    const session = this.service.collector('xmpp')?.open(flooded)
    assert.ok(session)
    session.connected('test')
    return session
  }

  /** Moves the clock, and lets everything happen that is due then. */
  async advance(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds)
    for (let round = 0; round < 3; round += 1) {
      await this.service.idle()
      this.clock.advance(0)
    }
    await this.service.idle()
  }

  status(userId: string): Status {
    return this.service.read(userId).combined.status
  }
}

async function started(
  clock: ManualClock,
  store: MemoryStore,
  rules: ServiceRules,
  boot?: () => Boot | undefined,
): Promise<PresenceService> {
  return PresenceService.start({
    store,
    clock,
    log: silentLog,
    sources: [
      { name: 'spreed', kind: 'publishable' },
      { name: 'xmpp', kind: 'collector', grace: GRACE },
      { name: 'manual', kind: 'publishable' },
    ],
    rules,
    ...(boot && { boot }),
  })
}
