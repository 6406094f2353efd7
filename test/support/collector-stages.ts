// The systems before which the built-in collectors show that they keep the contract of plugins.
import type { CollectorStage } from '../../src/plugin.ts'
import type { AsteriskOptions } from '../../src/plugins/asterisk/options.ts'
import type { IrcOptions } from '../../src/plugins/irc/options.ts'
import type { XmppOptions } from '../../src/plugins/xmpp/options.ts'
import { asteriskOptionsFor } from './asterisk-run.ts'
import { freePort } from './free-port.ts'
import { ircOptionsFor } from './irc-run.ts'
import type { IrcServer } from './irc-server.ts'
import { IrcUser } from './irc-user.ts'
import { startProxy } from './proxy.ts'
import { ScriptedAsterisk } from './scripted-asterisk.ts'
import type { XmppServer } from './xmpp-server.ts'
import { online } from './xmpp-suite.ts'
import type { XmppUser } from './xmpp-user.ts'

let stages = 0

/** A person of their own on a running XMPP server, behind a proxy of their own, seen by a bot's session of its own. */
export async function xmppStage(server: XmppServer): Promise<CollectorStage<XmppOptions>> {
  stages += 1
  const name = `person-${stages}`
  await server.addUser(name)
  const proxy = await startProxy(server.port)
  let person: XmppUser | undefined
  const leave = async (): Promise<void> => {
    person?.presence({ type: 'unavailable' })
    await person?.close()
    person = undefined
  }
  const options: XmppOptions = {
    ...{ jid: server.botJid, password: server.botPassword, host: server.host, port: proxy.port, tls: 'starttls' },
    ...{ ca_file: server.caFile, resource: `contract-${stages}`, priority: -1, domains: [], ping_interval: 20 },
    ...{
      max_stanza: 512,
      max_roster: 64,
      max_depth: 64,
      accept_subscriptions: true,
      grace: 60,
      user_id_strip_domain: false,
    },
  }
  return {
    options,
    unreachable: { ...options, port: await freePort() },
    user: `${name}@${server.domain}`,
    come: async () => {
      person = await online(server, name)
    },
    leave,
    cut: async () => proxy.cut(),
    stop: async () => {
      await leave()
      await proxy.close()
    },
  }
}

/** A person of their own on a running IRC server, behind a proxy of their own. */
export async function ircStage(server: IrcServer): Promise<CollectorStage<IrcOptions>> {
  stages += 1
  const nick = `person${stages}`
  const user = `${nick}@example.test`
  const proxy = await startProxy(server.port)
  let person: IrcUser | undefined
  const leave = async (): Promise<void> => {
    await person?.quit()
    person = undefined
  }
  const options = ircOptionsFor(proxy.port, { nick: `bot${stages}`, user_map: [`${nick}=${user}`] })
  return {
    options,
    unreachable: { ...options, port: await freePort() },
    user,
    come: async () => {
      person = await IrcUser.login(server.port, nick)
    },
    leave,
    cut: async () => proxy.cut(),
    stop: async () => {
      await leave()
      await proxy.close()
    },
  }
}

/** A telephone system with one telephone. */
export async function asteriskStage(): Promise<CollectorStage<AsteriskOptions>> {
  const ends: (() => Promise<void>)[] = []
  const asterisk = await ScriptedAsterisk.start({ after: (end) => ends.push(end) }, { split: 'bytes' })
  asterisk.hints.set('110', { context: 'ext-local', hint: 'PJSIP/110' })
  asterisk.devices.set('PJSIP/110', 'UNAVAILABLE')
  const options = asteriskOptionsFor(asterisk.port)
  return {
    options,
    unreachable: { ...options, port: await freePort() },
    user: '110@example.test',
    come: async () => asterisk.device('PJSIP/110', 'INUSE'),
    leave: async () => asterisk.device('PJSIP/110', 'UNAVAILABLE'),
    cut: () => asterisk.kill(),
    stop: async () => {
      for (const end of ends) await end()
    },
  }
}
