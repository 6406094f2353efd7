// Random stories of publishing, losing, settling, failing saves and restarts: the service answers as a simple model does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SavingError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { STATUSES, type Status } from '../../../src/core/presence.ts'
import { PresenceService } from '../../../src/core/presence-service.ts'
import type { OpenSession } from '../../../src/core/sessions.ts'
import type { StandingRecord } from '../../../src/core/standing.ts'
import { UserMap } from '../../../src/core/user-map.ts'
import { spreed } from '../../../src/plugins/spreed/index.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { GRACE, LENGTH, ServiceModel, USERS } from '../../support/service-model.ts'

type Step =
  | { do: 'publish'; user: string; status: Status; message: string; tab: string | undefined }
  | { do: 'leave'; user: string; tab: string | undefined }
  | { do: 'say'; user: string; status: Status | undefined; message: string }
  | { do: 'forget'; user: string }
  | { do: 'advance'; by: number }
  | { do: 'connect' | 'settle' | 'lose' | 'fail' | 'heal' }
  | { do: 'restart'; by: number; politely: boolean }

const user = fc.constantFrom(...USERS)
const message = fc.constantFrom('', 'on a call')
const status = fc.constantFrom(...STATUSES)
const tab = fc.constantFrom(undefined, '', 'left', '__proto__')
const by = fc.constantFrom(1, 999, 1_000, 10_000, 29_999, 30_000, GRACE - 1, GRACE, LENGTH - 1, LENGTH, 500_000)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('publish'), user, status, message, tab }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave'), user, tab }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('say'),
      user,
      status: fc.option(status, { nil: undefined, freq: 6 }),
      message,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget'), user }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('advance'), by }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('connect', 'settle', 'lose', 'fail', 'heal', 'heal') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart'), by, politely: fc.boolean() }) },
)

/** The real service on a memory store, told the same story. */
class Subject {
  readonly clock = new ManualClock()
  store = new MemoryStore()
  readonly model = new ServiceModel(this.clock.now())
  service!: PresenceService
  session: OpenSession | undefined

  async start(): Promise<void> {
    const plugin = spreed.create(
      { auto_unavailable: LENGTH / 60_000 },
      {
        source: 'spreed',
        log: silentLog,
        clock: this.clock,
        mapUser: () => undefined,
        mappedIds: () => [],
      },
    )
    assert.ok('accept' in plugin)
    this.service = await PresenceService.start({
      store: this.store,
      clock: this.clock,
      log: silentLog,
      sources: [
        { name: 'spreed', kind: 'publishable' },
        { name: 'xmpp', kind: 'collector', grace: GRACE },
      ],
      rules: {
        combinedOrder: ['busy', 'available', 'away', 'unavailable'],
        userMap: new UserMap(),
        forgetAfter: undefined,
        publishable: new Map([['spreed', plugin]]),
      },
    })
    await this.service.idle()
  }

  async take(step: Step): Promise<void> {
    const { model, clock, service, store } = this
    switch (step.do) {
      case 'publish': {
        const { user: userId, status, message, tab } = step
        const device = tab === undefined ? {} : { device: tab }
        const saved = await succeeds(service.publish([{ userId, source: 'spreed', status, message, ...device }]))
        assert.equal(saved, model.publish(userId, status, message, tab ?? ''))
        break
      }
      case 'leave': {
        const { user: userId, tab } = step
        const device = tab === undefined ? {} : { device: tab }
        const saved = await succeeds(
          service.publish([{ userId, source: 'spreed', status: null, message: '', ...device }]),
        )
        assert.equal(saved, model.leave(userId, tab))
        break
      }
      case 'forget':
        assert.equal(await succeeds(service.forget(step.user)), model.forget(step.user))
        break
      case 'say': {
        if (step.status === undefined) this.session?.withdraw(step.user)
        else this.session?.publish(step.user, { status: step.status, message: step.message })
        model.say(step.user, step.status, step.message)
        break
      }
      case 'connect':
        if (this.session !== undefined) return
        this.session = service.collector('xmpp')?.open(() => assert.fail('flooded'))
        this.session?.connected('test')
        model.connect()
        break
      case 'settle':
        this.session?.settled()
        model.settle()
        break
      case 'lose':
        this.session?.end('lost')
        this.session = undefined
        model.lose()
        break
      case 'fail':
        store.failSaves(new SavingError('the disk is full'))
        model.failing = true
        break
      case 'heal':
        store.failSaves(undefined)
        clock.advance(1_000) // the queue tries again within a second
        await service.idle()
        model.advance(1_000)
        model.heal()
        break
      case 'advance':
        clock.advance(step.by)
        model.advance(step.by)
        break
      case 'restart':
        await this.#restart(step.by, step.politely)
        break
    }
  }

  async #restart(by: number, politely: boolean): Promise<void> {
    const { service, clock, model } = this
    if (model.unsavedLoss) await this.take({ do: 'heal' })
    if (politely) {
      this.session?.end('stopping')
      await service.close()
    }
    this.store = politely ? this.store.reopen() : this.store.crash()
    const records = await this.store.records()
    const record = records.get('source xmpp') as StandingRecord
    clock.advance(by)
    this.session = undefined
    model.failing = false
    model.restart(by, Math.min(record.seen, clock.now()), ServiceModel.generous(record.starts + 1))
    await this.start()
  }

  /** Lets everything happen that is due now. */
  async settle(): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      await this.service.idle()
      this.clock.advance(0)
    }
    await this.service.idle()
  }

  check(): void {
    for (const user of USERS) {
      const { combined, sources } = this.service.read(user)
      const xmpp = sources.get('xmpp')
      const spreedSays = sources.get('spreed')
      const answer = {
        combined: {
          status: combined.status,
          source: combined.source,
          since: combined.since,
          stale: combined.stale,
        },
        spreed: spreedSays && { status: spreedSays.status, message: spreedSays.message, since: spreedSays.since },
        xmpp: xmpp && { status: xmpp.status, message: xmpp.message, since: xmpp.since, stale: xmpp.stale },
      }
      assert.deepEqual(answer, this.model.answer(user), `of ${user}`)
      const told: [source: string, status: Status, message: string][] = []
      this.service.tellSections(user, (source, { status, message }) => told.push([source, status, message]))
      const views = [...sources].map(([source, { status, message }]) => [source, status, message])
      assert.deepEqual(told, views, `the sections of ${user}`)
    }
    assert.deepEqual(this.service.pending(), this.model.settledOnce ? [] : ['xmpp'])
  }
}

async function succeeds(promise: Promise<void>): Promise<boolean> {
  try {
    await promise
    return true
  } catch (error) {
    assert.ok(error instanceof SavingError)
    return false
  }
}

test('in 10,000 random stories every answer is the one of the model', { timeout: 600_000 }, async () => {
  const numRuns = Number(process.env.KOPANO_PRESENCE_RUNS ?? 10_000)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const subject = new Subject()
      await subject.start()
      for (const one of steps) {
        await subject.take(one)
        await subject.settle()
        subject.check()
      }
    }),
    { numRuns, includeErrorInReport: true },
  )
})
