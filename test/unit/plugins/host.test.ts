// What the host gives each source to see.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../../src/core/log.ts'
import type { PluginContext, PluginDefinition } from '../../../src/core/plugin.ts'
import { UserMap } from '../../../src/core/user-map.ts'
import { Host } from '../../../src/plugins/host.ts'
import { ManualClock } from '../../support/manual-clock.ts'

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
