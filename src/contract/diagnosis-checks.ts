// The part of the contract that is about diagnoses: they tell the truth in sentences, show no secret and disturb nobody.
import assert from 'node:assert/strict'
import { systemClock } from '../core/clock.ts'
import type { Finding } from '../core/finding.ts'
import { silentLog } from '../core/log.ts'
import { isCollector, type PluginContext, type PluginDefinition } from '../core/plugin.ts'
import { type CollectorStage, checksOn, secretsIn, within } from './collector-checks.ts'
import type { PluginCheck } from './plugin-check.ts'
import { PATIENCE, RecordedSession } from './recorded-session.ts'

/** How soon after its signal a diagnosis has to end, in milliseconds. */
const SOON = 2_000

/** None for a plugin without a diagnosis. */
export function diagnosisChecks<Options>(
  definition: PluginDefinition<Options>,
  make: () => Promise<CollectorStage<Options>>,
): readonly PluginCheck[] {
  if (definition.diagnose === undefined) return []
  const context: PluginContext = {
    ...{ source: 'test', log: silentLog, clock: systemClock() },
    ...{ mapUser: () => undefined, mappedIds: () => [] },
  }
  const diagnose = async (options: Options, signal = new AbortController().signal): Promise<readonly Finding[]> => {
    const findings: Finding[] = []
    await within(
      3 * PATIENCE,
      Promise.resolve(definition.diagnose?.(options, context, (one) => findings.push(one), signal)),
      'its diagnosis does not end',
    )
    return findings
  }
  const sound = (findings: readonly Finding[], options: Options): void => {
    for (const { level, text, option } of findings) {
      assert.ok(['ok', 'warning', 'error'].includes(level), `a finding has the level ${level}`)
      assert.notEqual(text.trim(), '', 'a finding says nothing')
      if (option !== undefined) assert.ok(option in definition.options, `a finding names ${option}, which is no option`)
      for (const secret of secretsIn(definition, options)) assert.ok(!text.includes(secret), 'a finding shows a secret')
    }
  }
  const check = checksOn(make)

  return [
    check('is diagnosed beside a run of its own, which notices nothing', async (stage) => {
      const made = definition.create(stage.options, context)
      assert.ok(isCollector(made))
      const session = new RecordedSession()
      const abort = new AbortController()
      const ended = (async () => made.run(session, abort.signal))()
      ended.catch(() => {})
      await session.until('it settles', () => session.isSettled, ended)
      const findings = await diagnose(stage.options)
      sound(findings, stage.options)
      assert.ok(
        findings.some(({ level }) => level === 'ok'),
        'it finds nothing right where all is well',
      )
      await stage.come()
      const isHere = (): boolean => (session.last(stage.user)?.status ?? 'unavailable') !== 'unavailable'
      await session.until('its run goes on', isHere, ended)
      abort.abort()
      await ended.catch(() => {})
    }),
    check('tells in its diagnosis that nobody answers', async ({ unreachable }) => {
      if (unreachable === undefined) return
      const findings = await diagnose(unreachable).catch((error: unknown): readonly Finding[] => {
        assert.ok(error instanceof Error && error.message !== '', 'its diagnosis fails without a word')
        return [{ level: 'error', text: error.message }]
      })
      sound(findings, unreachable)
      assert.ok(
        findings.some(({ level }) => level === 'error'),
        'it finds nothing wrong',
      )
    }),
    check('ends its diagnosis soon after the signal', async ({ options }) => {
      const abort = new AbortController()
      const ended = diagnose(options, abort.signal).catch(() => {})
      abort.abort()
      await within(SOON, ended, 'it does not end')
    }),
  ]
}
