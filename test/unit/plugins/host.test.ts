// What the host gives each source to see.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { silentLog } from '../../../src/core/log.ts'
import type { Collector, PluginContext, PluginDefinition } from '../../../src/core/plugin.ts'
import { UserMap } from '../../../src/core/user-map.ts'
import { Host } from '../../../src/plugins/host.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ServiceBench } from '../../support/service.ts'

test('a source sees its own lines of the user map, and no others', () => {
  const given: PluginContext[] = []
  const definition: PluginDefinition<unknown> = {
    name: 'x',
    options: {},
    create(_, context) {
      given.push(context)
      return { grace: 0, run: async () => {} }
    },
  }
  const userMap = new UserMap([
    { source: 'one', id: 'Anna', userId: 'anna@example.test' },
    { source: 'one', id: 'b', userId: 'Ben@example.test' },
    { source: 'two', id: 'c', userId: 'carl@example.test' },
  ])
  const plugins = ['one', 'two', 'none'].map((source) => ({ source, definition, options: {} }))
  new Host({ plugins, userMap }, { clock: new ManualClock(), log: silentLog })
  assert.deepEqual(
    given.map((context) => context.mappedIds()),
    [['anna', 'b'], ['c'], []],
  )
  assert.deepEqual([given[0]?.mapUser('ANNA'), given[0]?.mapUser('c')], ['anna@example.test', undefined])
})

for (const [what, made, expected] of [
  ['nothing', undefined, /its create\(\) returned neither a collector nor a publishable source/],
  ['a promise', Promise.resolve(), /its create\(\) returned neither/],
  [
    'a collector without a grace',
    { run: async () => {} },
    /its grace must be a number of milliseconds, and is undefined/,
  ],
  ['a collector with a grace of text', { run: async () => {}, grace: '60' }, /its grace must be .* and is 60$/],
  ['a source without withdrawn()', { accept: () => {} }, /its create\(\) returned neither/],
] as const) {
  test(`a plugin that makes ${what} is a source that says why it does not connect, and ends nothing`, async () => {
    const bench = await ServiceBench.start()
    const definition = { name: 'x', options: {}, create: () => made as unknown as Collector }
    const configured = { plugins: [{ source: 'xmpp', definition, options: {} }], userMap: new UserMap([]) }
    const host = new Host(configured, { clock: bench.clock, log: silentLog })
    const [setup] = host.setups
    assert.ok(setup?.kind === 'collector' && Number.isFinite(setup.grace))
    host.start(bench.service)
    await bench.advance(0)
    assert.match(bench.service.sources()[1]?.detail ?? '', expected)
    await host.stop()
  })
}

test('what a plugin has begun while it was made, and throws then, ends nothing', () => {
  const at = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../../src', path)).href)
  const script = `
    import { installContainment } from ${at('plugins/containment.ts')}
    import { Host } from ${at('plugins/host.ts')}
    import { UserMap } from ${at('core/user-map.ts')}
    installContainment()
    const log = { warn: (text) => console.log(text), named: () => log }
    class Definition {
      grace = 5
      create() {
        setTimeout(() => { throw new Error('too early') })
        return { grace: this.grace, run: async () => {} }
      }
    }
    const plugins = [{ source: 'x', definition: new Definition(), options: {} }]
    console.log(new Host({ plugins, userMap: new UserMap([]) }, { log }).setups[0].grace)
  `
  const words = ['--import', 'tsx', '--input-type=module', '--eval', script]
  const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  assert.equal(
    stdout,
    '5\nsomething that was begun while it was made has thrown: too early; tell the author of the plugin\n',
  )
  assert.equal(status, 0)
})
