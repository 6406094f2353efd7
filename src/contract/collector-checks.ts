// The part of the contract that is about collectors: one run, its words, and its end.
import assert from 'node:assert/strict'
import { systemClock } from '../core/clock.ts'
import { silentLog } from '../core/log.ts'
import type { OptionSpec } from '../core/options.ts'
import { type Collector, isCollector, type PluginDefinition } from '../core/plugin.ts'
import type { PluginCheck } from './plugin-check.ts'
import { PATIENCE, RecordedSession } from './recorded-session.ts'

/** A system that a collector observes, and a user there whom the checks can move. */
export interface CollectorStage<Options> {
  /** With which the collector can connect to it. */
  readonly options: Options
  /** The same, but nobody answers there; absent for systems that are always there (a folder, say). */
  readonly unreachable?: Options
  /** The user id under which the source tells of the user. */
  readonly user: string
  /** The user is there: available, busy or away. */
  come(): Promise<void>
  /** The user is gone. */
  leave(): Promise<void>
  /** Breaks the connection of whoever observes it; absent where there is none. */
  cut?(): Promise<void>
  /** Ends the system and takes its traces away; called after each check. */
  stop(): Promise<void>
}

/** How soon after its signal a run has to end, in milliseconds: the host waits that long. */
const SOON = 2_000

interface Run {
  readonly session: RecordedSession
  readonly ended: Promise<void>
  /** Ends it by its signal. */
  stop(): Promise<void>
}

type Make<Options> = () => Promise<CollectorStage<Options>>

export function collectorChecks<Options>(
  definition: PluginDefinition<Options>,
  make: Make<Options>,
): readonly PluginCheck[] {
  const secrets = (options: Options): string[] => secretsIn(definition, options)
  const collector = (options: Options, source = 'test'): Collector => {
    const nobody = { mapUser: () => undefined, mappedIds: () => [] }
    const made = definition.create(options, { source, log: silentLog, clock: systemClock(), ...nobody })
    assert.ok(isCollector(made), 'it makes no collector')
    return made
  }
  const begin = (one: Collector): Run => {
    const session = new RecordedSession()
    const abort = new AbortController()
    const ended = (async () => one.run(session, abort.signal))()
    ended.catch(() => {})
    const stop = async (): Promise<void> => {
      abort.abort()
      await within(
        SOON,
        ended.catch(() => {}),
        'it does not end within two seconds after its signal',
      )
    }
    return { session, ended, stop }
  }
  const settled = ({ session, ended }: Run): Promise<void> =>
    session.until('it settles', () => session.isSettled, ended)
  const seesHere = ({ session, ended }: Run, user: string, here: boolean): Promise<void> =>
    session.until(
      `it tells that ${user} ${here ? 'is there' : 'is gone'}`,
      () => ((session.last(user)?.status ?? 'unavailable') !== 'unavailable') === here,
      ended,
    )
  const check = checksOn(make)
  const noMistakes = ({ session }: Run): void => assert.deepEqual(session.mistakes, [])

  return [
    check('is made without touching the network, and says how long its users stay when it is lost', async (stage) => {
      const { grace } = collector(stage.options)
      assert.ok(Number.isFinite(grace) && grace >= 0, `a grace of ${grace} ms`)
    }),
    check('connects, says in words to what, and settles', async (stage) => {
      const run = begin(collector(stage.options))
      await settled(run)
      for (const secret of secrets(stage.options)) {
        assert.ok(!run.session.connectedTo?.includes(secret), 'its words about the connection show a secret option')
      }
      await run.stop()
      noMistakes(run)
    }),
    check('tells of a user who comes, and who leaves', async (stage) => {
      const run = begin(collector(stage.options))
      await settled(run)
      await stage.come()
      await seesHere(run, stage.user, true)
      await stage.leave()
      await seesHere(run, stage.user, false)
      await run.stop()
      noMistakes(run)
    }),
    check('tells of a user who was there before it came', async (stage) => {
      await stage.come()
      const run = begin(collector(stage.options))
      await settled(run)
      await seesHere(run, stage.user, true)
      await run.stop()
      noMistakes(run)
    }),
    check('ends soon after its signal, and is silent then', async (stage) => {
      const run = begin(collector(stage.options))
      await settled(run)
      await run.stop()
      const { count } = run.session
      await stage.come()
      await stage.leave()
      assert.equal(run.session.count, count, 'it goes on talking after its end')
    }),
    check('ends at once when its signal came before it began', async (stage) => {
      const session = new RecordedSession()
      const ended = (async () => collector(stage.options).run(session, AbortSignal.abort()))()
      await within(
        SOON,
        ended.catch(() => {}),
        'it does not end',
      )
      assert.equal(session.isSettled, false)
    }),
    check('can be run again after its end, and tells everything again', async (stage) => {
      const one = collector(stage.options)
      const first = begin(one)
      await settled(first)
      await stage.come()
      await seesHere(first, stage.user, true)
      await first.stop()
      const second = begin(one)
      await settled(second)
      await seesHere(second, stage.user, true)
      await second.stop()
      noMistakes(second)
    }),
    check('runs side by side with another one of its kind', async (stage) => {
      const other = await make()
      try {
        const [one, two] = [begin(collector(stage.options, 'one')), begin(collector(other.options, 'two'))]
        await Promise.all([settled(one), settled(two)])
        await other.come()
        await seesHere(two, other.user, true)
        await one.stop()
        await other.leave()
        await seesHere(two, other.user, false)
        await two.stop()
        noMistakes(two)
      } finally {
        await other.stop()
      }
    }),
    check('ends its run when the connection is cut', async (stage) => {
      if (stage.cut === undefined) return
      const run = begin(collector(stage.options))
      await settled(run)
      await stage.cut()
      await within(
        PATIENCE,
        run.ended.catch(() => {}),
        'it does not notice that its connection is gone',
      )
      noMistakes(run)
    }),
    check('says what is wrong where nobody answers, without its secrets', async ({ unreachable }) => {
      if (unreachable === undefined) return
      const { ended } = begin(collector(unreachable))
      const error = await within(3 * PATIENCE, ended, 'it does not give up').then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      assert.ok(error instanceof Error && error.message !== '', 'its run ends without an error that says why')
      for (const secret of secrets(unreachable)) assert.ok(!error.message.includes(secret), 'its error shows a secret')
    }),
  ]
}

/** Makes checks that have a system of their own each. */
export function checksOn<Options>(make: () => Promise<CollectorStage<Options>>) {
  return (name: string, run: (stage: CollectorStage<Options>) => Promise<void>): PluginCheck => ({
    name,
    async run() {
      const stage = await make()
      try {
        await run(stage)
      } finally {
        await stage.stop()
      }
    },
  })
}

/** The values of its secret options that can't be a word by chance. */
export function secretsIn<Options>(definition: PluginDefinition<Options>, options: Options): string[] {
  return Object.entries<OptionSpec<unknown>>({ ...definition.options })
    .filter(([, spec]) => spec.secret === true)
    .map(([name]) => String(options[name as keyof Options]))
    .filter((value) => value.length > 3)
}

export async function within<Result>(
  milliseconds: number,
  promise: Promise<Result>,
  otherwise: string,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), milliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
