// The part of the contract that is about options: an administrator can read, set and understand each.
import assert from 'node:assert/strict'
import type { OptionSpec } from '../core/options.ts'
import type { PluginDefinition } from '../core/plugin.ts'
import type { PluginCheck } from './plugin-check.ts'

export function optionChecks<Options>({ name, options }: PluginDefinition<Options>): readonly PluginCheck[] {
  const specs = Object.entries<OptionSpec<unknown>>({ ...options })
  return [
    {
      name: 'has a name, and options whose names are words of presence.cfg',
      run: async () => {
        assert.match(name, /^[a-z_][a-z0-9_-]{0,63}$/)
        for (const [option] of specs) assert.match(option, /^[a-z][a-z0-9_]*$/)
      },
    },
    {
      name: 'tells of each option what it is for and what is allowed',
      run: async () => {
        for (const [option, { help, allowed }] of specs) {
          assert.ok(help.trim() !== '', `${option} has no help`)
          assert.ok(allowed.trim() !== '', `${option} does not say what is allowed`)
        }
      },
    },
    {
      name: 'reads or refuses whatever an administrator writes, and never throws at it',
      run: async () => {
        for (const [option, spec] of specs) {
          for (const text of ['', ' ', '0', '-1', '1e999', 'yes', '__proto__', 'é😀', 'a b=c', 'x'.repeat(10_000)]) {
            assert.doesNotThrow(() => spec.parse(text), `${option} throws at "${text.slice(0, 20)}"`)
          }
          if (spec.example !== undefined) {
            assert.notEqual(spec.parse(spec.example), undefined, `${option} refuses its own example`)
          }
        }
      },
    },
  ]
}
