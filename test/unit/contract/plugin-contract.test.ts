// The contract of plugins finds what is wrong: a collector that keeps it passes, and each fault fails the rule that is about it.
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { suite, test } from 'node:test'
import {
  type Collector,
  type CollectorStage,
  option,
  type PluginDefinition,
  pluginContract,
  type Session,
} from '../../../src/plugin.ts'

const PASSWORD = 'secret-Zo7'

/** A system in memory: who is there, and whoever observes it. */
class Office extends EventEmitter {
  here = false
  open = true

  move(here: boolean): void {
    this.here = here
    this.emit('moved')
  }
}

interface Options {
  readonly office: Office
  readonly password: string
}

type Run = (options: Options, session: Session, signal: AbortSignal) => Promise<void>

const faultless: Run = async ({ office }, session, signal) => {
  if (signal.aborted) return
  if (!office.open) throw new Error('the office is closed')
  session.connected('the office')
  const tell = () => session.publish('ada@x', { status: office.here ? 'busy' : 'unavailable', message: '' })
  office.on('moved', tell)
  tell()
  session.settled()
  await Promise.race([once(signal, 'abort'), once(office, 'gone')])
  office.off('moved', tell)
}

type Diagnose = NonNullable<PluginDefinition<Options>['diagnose']>

const truthful: Diagnose = async ({ office }, _context, tell) => {
  if (!office.open) throw new Error('the office is closed')
  tell({ level: 'ok', text: 'the office is open' })
}

function definitionOf(run: Run, diagnose?: Diagnose): PluginDefinition<Options> {
  return {
    ...(diagnose && { diagnose }),
    name: 'office',
    options: {
      office: { help: 'The office.', allowed: 'an office', default: new Office(), parse: () => undefined },
      password: option.text({ help: 'Its password.', default: '', secret: true }),
    },
    create: (options): Collector => ({ grace: 0, run: (session, signal) => run(options, session, signal) }),
  }
}

async function system(): Promise<CollectorStage<Options>> {
  const office = new Office()
  const closed = new Office()
  closed.open = false
  return {
    options: { office, password: PASSWORD },
    unreachable: { office: closed, password: PASSWORD },
    user: 'ada@x',
    come: async () => office.move(true),
    leave: async () => office.move(false),
    cut: async () => void office.emit('gone'),
    stop: async () => {},
  }
}

/** The rules that a collector breaks. */
async function broken(run: Run, diagnose?: Diagnose): Promise<string[]> {
  const checks = pluginContract(definitionOf(run, diagnose), { system })
  const outcomes = await Promise.allSettled(checks.map((check) => check.run()))
  return checks.filter((_, index) => outcomes[index]?.status === 'rejected').map(({ name }) => name)
}

/** A collector that differs in what it says. */
function saying(change: (session: Session) => Partial<Session>): Run {
  return (options, session, signal) => {
    const as = (name: keyof Session) => (session[name] as (...words: unknown[]) => void).bind(session)
    const plain: Session = {
      ...{ connected: as('connected'), publish: as('publish'), withdraw: as('withdraw') },
      ...{ settled: as('settled'), detail: as('detail') },
    }
    return faultless(options, { ...plain, ...change(plain) }, signal)
  }
}

suite('the contract of plugins', { concurrency: true }, () => {
  test('a collector that keeps it passes', async () => {
    assert.deepEqual(await broken(faultless), [])
  })

  const faults: readonly [string, Run, RegExp][] = [
    [
      'speaks before it is connected',
      saying((s) => ({ connected: () => setImmediate(() => s.connected('late')) })),
      /^connects/,
    ],
    ['connects twice', saying((s) => ({ settled: () => [s.connected('again'), s.settled()] })), /^connects/],
    ['says nothing of what it is connected to', saying((s) => ({ connected: () => s.connected('') })), /^connects/],
    ['shows its password', saying((s) => ({ connected: () => s.connected(`with ${PASSWORD}`) })), /^connects/],
    [
      'says a state that is none',
      saying((s) => ({ publish: (id) => s.publish(id, { status: 'gone' as 'away', message: '' }) })),
      /^tells of a user/,
    ],
    ['names nobody', saying((s) => ({ publish: (_, said) => s.publish('', said) })), /^tells of a user/],
    ['never settles', saying(() => ({ settled: () => {} })), /^connects/],
    ['tells of nobody', saying(() => ({ publish: () => {} })), /^tells of a user/],
    [
      'goes on talking',
      async (options, session, signal) => {
        options.office.on('moved', () => session.publish('ada@x', { status: 'busy', message: '' }))
        await faultless(options, session, signal)
      },
      /silent then$/,
    ],
    [
      'does not notice that it is cut',
      (o, s, signal) =>
        faultless(
          {
            ...o,
            office: Object.assign(o.office, {
              emit: (e: string) => e !== 'gone' && EventEmitter.prototype.emit.call(o.office, e),
            }),
          },
          s,
          signal,
        ),
      /cut$/,
    ],
    [
      'does not hear its signal',
      (options, session) => faultless(options, session, new AbortController().signal),
      /^ends soon/,
    ],
    [
      'says nothing when nobody answers',
      async (o, s, signal) => (o.office.open ? faultless(o, s, signal) : undefined),
      /nobody answers/,
    ],
    [
      'tells its password when nobody answers',
      async (o, s, signal) => {
        if (!o.office.open) throw new Error(`refused ${o.password}`)
        await faultless(o, s, signal)
      },
      /nobody answers/,
    ],
  ]
  for (const [what, run, rule] of faults) {
    test(`one that ${what} fails`, async () => {
      const rules = await broken(run)
      assert.ok(
        rules.some((name) => rule.test(name)),
        `it only fails: ${rules.join('; ')}`,
      )
    })
  }

  test('a diagnosis that keeps it passes', async () => {
    assert.deepEqual(await broken(faultless, truthful), [])
  })

  const wrongDiagnoses: readonly [string, Diagnose, RegExp][] = [
    [
      'ends the run beside it',
      async (options, context, tell, signal) => {
        options.office.emit('gone')
        await truthful(options, context, tell, signal)
      },
      /beside a run/,
    ],
    [
      'finds nothing wrong where nobody answers',
      async (_options, _context, tell) => tell({ level: 'ok', text: 'all is well' }),
      /nobody answers/,
    ],
    [
      'shows its password',
      async ({ password }, _context, tell) => tell({ level: 'ok', text: `logged in with ${password}` }),
      /beside a run/,
    ],
    [
      'names an option that there is not',
      async (_options, _context, tell) => tell({ level: 'ok', text: 'it is open', option: 'office_office' }),
      /beside a run/,
    ],
    [
      'does not hear its signal',
      async (options, context, tell, signal) => {
        await truthful(options, context, tell, signal)
        await new Promise((resolve) => setTimeout(resolve, 3_000))
      },
      /soon after the signal/,
    ],
  ]
  for (const [what, diagnose, rule] of wrongDiagnoses) {
    test(`a diagnosis that ${what} fails`, async () => {
      const rules = await broken(faultless, diagnose)
      assert.ok(
        rules.some((name) => rule.test(name)),
        `it only fails: ${rules.join('; ')}`,
      )
    })
  }
})
