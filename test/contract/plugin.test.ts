// The sources built in to which clients publish keep the contract of plugins. (The collectors: test/e2e/plugin-contract.test.ts.)
import { suite, test } from 'node:test'
import { pluginContract } from '../../src/plugin.ts'
import { manual } from '../../src/plugins/manual/index.ts'
import { spreed } from '../../src/plugins/spreed/index.ts'

suite('the plugin spreed', () => {
  for (const { name, run } of pluginContract(spreed, { options: { auto_unavailable: 2 } })) test(name, run)
})

suite('the plugin manual', () => {
  const stage = { options: { expire: 24, requires_presence: true } }
  for (const { name, run } of pluginContract(manual, stage)) test(name, run)
})
