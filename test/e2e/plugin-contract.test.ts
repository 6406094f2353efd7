// The collectors built in keep the contract that plugins of others are tested against.
import { after, before, suite, test } from 'node:test'
import { pluginContract } from '../../src/plugin.ts'
import { asterisk } from '../../src/plugins/asterisk/index.ts'
import { irc } from '../../src/plugins/irc/index.ts'
import { xmpp } from '../../src/plugins/xmpp/index.ts'
import { asteriskStage, ircStage, xmppStage } from '../support/collector-stages.ts'
import { startInspircd } from '../support/inspircd.ts'
import type { IrcServer } from '../support/irc-server.ts'
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

// At the same time, since each waits for the pace of lines.
suite('the plugin irc', { concurrency: true }, () => {
  let server: IrcServer
  before(async () => {
    server = await startInspircd()
  })
  after(() => server.stop())
  for (const { name, run } of pluginContract(irc, { system: () => ircStage(server) })) test(name, run)
})
