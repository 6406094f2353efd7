// Diagnoses of plugins, also of those that hang, throw and babble: each finding under its source, in bounded time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConfiguredPlugin } from '../../../src/config/plugins.ts'
import type { Finding } from '../../../src/core/finding.ts'
import type { PluginDefinition } from '../../../src/core/plugin.ts'
import { UserMap } from '../../../src/core/user-map.ts'
import { diagnoseSources } from '../../../src/plugins/diagnosis.ts'

type Diagnose = NonNullable<PluginDefinition<unknown>['diagnose']>

function plugin(source: string, diagnose?: Diagnose): ConfiguredPlugin {
  const create = () => assert.fail('nothing is made for a diagnosis')
  return { source, options: {}, definition: { name: 'test', options: {}, create, ...(diagnose && { diagnose }) } }
}

async function found(plugins: readonly ConfiguredPlugin[], patience?: number): Promise<string[]> {
  const lines: string[] = []
  const tell = (source: string, { level, text, option }: Finding) =>
    lines.push(`${source} ${level} ${option ?? '-'}: ${text}`)
  await diagnoseSources(plugins, new UserMap(), tell, patience)
  return lines
}

test('a finding names the option as presence.cfg has it, and what is thrown is an error', async () => {
  const lines = await found([
    plugin('one', async (_options, { source }, tell) => {
      tell({ level: 'warning', text: `${source} is odd`, option: 'host' })
      throw new Error('no connection')
    }),
    plugin('two'),
    plugin('three', () => {
      throw new TypeError('not even begun')
    }),
  ])
  assert.deepEqual(lines, [
    'one warning one_host: one is odd',
    'three error -: not even begun',
    'one error -: no connection',
  ])
})

test('one that hangs is told, hears its signal, and what it says later counts for nothing', async () => {
  let late: ((finding: Finding) => void) | undefined
  let heard = false
  const hanging = plugin('one', (_options, _context, tell, signal) => {
    late = tell
    signal.addEventListener('abort', () => {
      heard = true
    })
    return new Promise(() => {})
  })
  const lines = await found([hanging], 20)
  late?.({ level: 'ok', text: 'too late' })
  assert.deepEqual(lines, ['one error -: was not through after 0.02 s: whatever it connects to hardly answers'])
  assert.equal(heard, true)
})

test('one that babbles is cut', async () => {
  const lines = await found([
    plugin('loud', async (_options, _context, tell) => {
      for (let count = 0; count < 1_000; count += 1) tell({ level: 'ok', text: 'x'.repeat(5_000) })
    }),
  ])
  assert.equal(lines.length, 100)
  assert.ok(lines.every((line) => line.length < 1_100))
})
