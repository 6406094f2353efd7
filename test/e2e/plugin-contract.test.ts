// The collectors built in keep the contract that plugins of others are tested against.
import { after, before, suite, test } from 'node:test'
import { pluginContract } from '../../src/plugin.ts'
import { asterisk } from '../../src/plugins/asterisk/index.ts'
import { xmpp } from '../../src/plugins/xmpp/index.ts'
import { asteriskStage, xmppStage } from '../support/collector-stages.ts'
import { startProsody } from '../support/prosody.ts'
import type { XmppServer } from '../support/xmpp-server.ts'

suite('the plugin xmpp', () => {
  let prosody: XmppServer
  before(async () => {
    prosody = await startProsody()
  })
  after(() => prosody.stop())
  for (const { name, run } of pluginContract(xmpp, { system: () => xmppStage(prosody) })) test(name, run)
})

suite('the plugin asterisk', () => {
  for (const { name, run } of pluginContract(asterisk, { system: asteriskStage })) test(name, run)
})
