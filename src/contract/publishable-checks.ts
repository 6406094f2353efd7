// The part of the contract that is about sources to which clients publish.
import assert from 'node:assert/strict'
import { systemClock } from '../core/clock.ts'
import { silentLog } from '../core/log.ts'
import { isCollector, type PluginDefinition, type PublishableSource } from '../core/plugin.ts'
import { isStatus, type Publication, type SourcePresence, STATUSES } from '../core/presence.ts'
import type { PluginCheck } from './plugin-check.ts'

const NOW = 1_800_000_000_000

export function publishableChecks<Options>(
  definition: PluginDefinition<Options>,
  options: Options,
): readonly PluginCheck[] {
  const make = (): PublishableSource => {
    const nobody = { mapUser: () => undefined, mappedIds: () => [] }
    const made = definition.create(options, { source: 'test', log: silentLog, clock: systemClock(), ...nobody })
    assert.ok(!isCollector(made), 'it makes a collector')
    return made
  }
  return [
    {
      name: 'takes each of the four states, with any message',
      run: async () => {
        for (const status of STATUSES) {
          for (const message of ['', 'hello', '\u0000\u202e😀', 'x'.repeat(10_000)]) {
            assertWellFormed(make().accept(Object.freeze({ status, message }), undefined, NOW))
          }
        }
      },
    },
    {
      name: 'takes a state over another, and one with a lifetime where it says so',
      run: async () => {
        const source = make()
        for (const before of STATUSES) {
          const current: SourcePresence = { status: before, message: 'before', since: NOW - 2, updated: NOW - 1 }
          const said: Publication = { status: 'busy', message: 'now' }
          assertWellFormed(source.accept(said, Object.freeze(current), NOW))
          if (source.acceptsLifetime !== true) continue
          const accepted = source.accept({ ...said, expires: NOW + 5_000 }, current, NOW)
          assert.equal(accepted.expires, NOW + 5_000, 'it does not keep the lifetime that a client asked for')
        }
      },
    },
    {
      name: 'says what is left when a publication is taken back',
      run: async () => {
        const left = make().withdrawn(NOW)
        if (left !== undefined) assertWellFormed(left)
      },
    },
  ]
}

function assertWellFormed({ status, message, expires, since }: Publication): void {
  assert.ok(isStatus(status), `it made the status ${String(status)}`)
  assert.equal(typeof message, 'string', 'it made a message that is no text')
  if (expires !== undefined) assert.ok(expires > NOW, 'it made a deadline that has passed')
  if (since !== undefined) assert.ok(Number.isFinite(since), 'it made a time that is none')
}
