// Who is a contact: users that come, go, subscribe and unsubscribe, also while the daemon is away.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { BOT, PASSWORD, type XmppServer } from '../support/xmpp-server.ts'
import { knowsNothing, online, SERVERS, says, xmppConfig } from '../support/xmpp-suite.ts'
import { XmppUser } from '../support/xmpp-user.ts'

describe('contacts', { concurrency: true }, () => {
  for (const { name, start } of SERVERS) {
    describe(`on ${name}`, { concurrency: false }, () => {
      let server: XmppServer
      let daemon: Daemon
      const id = (user: string) => `${user}@${server.domain}`
      const other = (user: string) => `${user}@${server.otherDomain}`
      const whileAway = async (work: () => Promise<void>) => {
        assert.equal((await daemon.end())?.code, 0)
        await work()
        await daemon.start()
        await daemon.sourceIs('settled')
      }

      before(async () => {
        server = await start({ users: ['anna', 'ben', 'carl'] })
        const domains = { xmpp_domains: `${server.domain} ${server.otherDomain}` }
        daemon = await startDaemon({ config: xmppConfig(server, server.port, domains) })
        await daemon.sourceIs('settled')
      })
      after(async () => {
        await daemon?.stop()
        await server?.stop()
      })

      /** A user of the other domain, whom the bot sees only because each has subscribed to the other. */
      async function subscriber(user: string): Promise<XmppUser> {
        await server.addUser(user, PASSWORD, server.otherDomain)
        const client = await XmppUser.login(server, user, { domain: server.otherDomain })
        await client.request('get', '<query xmlns="jabber:iq:roster"/>')
        client.presence({ status: 'hello' })
        client.presence({ type: 'subscribe', to: server.botJid })
        await client.received(/<presence(?=[^>]*type=['"]subscribed['"])/)
        await client.received(/<presence(?=[^>]*type=['"]subscribe['"])/)
        client.presence({ type: 'subscribed', to: server.botJid })
        await says(daemon, other(user), 'available', 'hello')
        return client
      }

      /** What an administrator does in a client of the bot's account. */
      async function removeFromRoster(jid: string): Promise<void> {
        const admin = await XmppUser.login(server, BOT, { resource: 'administration' })
        await admin.request('get', '<query xmlns="jabber:iq:roster"/>')
        await admin.removeContact(jid)
        await admin.close()
      }

      test('a user made while the daemon runs is seen without a restart', async () => {
        await server.addUser('nora')
        const nora = await online(server, 'nora', { show: 'dnd', status: 'new here' })
        await says(daemon, id('nora'), 'busy', 'new here')
        await nora.close()
        await says(daemon, id('nora'), 'unavailable')
      })

      test('a user made while the daemon is away is seen', async () => {
        await whileAway(() => server.addUser('olaf'))
        await says(daemon, id('olaf'), 'unavailable')
        const olaf = await online(server, 'olaf', { show: 'away' })
        await says(daemon, id('olaf'), 'away')
        await olaf.close()
      })

      test('a deleted user is gone', async () => {
        const anna = await online(server, 'anna')
        await says(daemon, id('anna'), 'available')
        await server.deleteUser('anna')
        await knowsNothing(daemon, id('anna'))
        anna.kill()
      })

      test('a user deleted while the daemon is away is gone when it has settled', async () => {
        await says(daemon, id('ben'), 'unavailable')
        await whileAway(() => server.deleteUser('ben'))
        assert.deepEqual((await daemon.document(id('ben'))).sources, {})
        assert.equal((await daemon.document(id('carl'))).sources.xmpp?.status, 'unavailable')
      })

      test('who subscribes is subscribed to and seen, and who takes that back is gone', async () => {
        const petra = await subscriber('petra')
        petra.presence({ show: 'xa' })
        await says(daemon, other('petra'), 'away')
        petra.presence({ type: 'unsubscribed', to: server.botJid })
        await knowsNothing(daemon, other('petra'))
        await petra.close()
      })

      test('who takes the subscription back while the daemon is away is gone when it has settled', async () => {
        const rosa = await subscriber('rosa')
        await whileAway(async () => {
          rosa.presence({ type: 'unsubscribed', to: server.botJid })
          await rosa.settled()
        })
        assert.deepEqual((await daemon.document(other('rosa'))).sources, {})
        await rosa.close()
      })

      test("who is removed from the bot's roster is gone", async () => {
        const sven = await subscriber('sven')
        await removeFromRoster(other('sven'))
        await knowsNothing(daemon, other('sven'))
        await sven.close()
      })

      test("who is removed from the bot's roster while the daemon is away is gone when it has settled", async () => {
        const tina = await subscriber('tina')
        await whileAway(() => removeFromRoster(other('tina')))
        assert.deepEqual((await daemon.document(other('tina'))).sources, {})
        await tina.close()
      })

      test('whoever stays subscribed is seen again after a restart of the daemon', async () => {
        const uwe = await subscriber('uwe')
        await whileAway(async () => uwe.presence({ show: 'dnd' }))
        await says(daemon, other('uwe'), 'busy')
        await uwe.close()
      })
    })
  }
})
