// The Prosody module by itself: what the bot's account sees, and that nobody's roster changes.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ProsodyServer, startProsody } from '../support/prosody.ts'
import { BOT } from '../support/xmpp-server.ts'
import { XmppUser } from '../support/xmpp-user.ts'

/** The bot's client: gets the roster, then sends its presence. */
async function loginBot(server: ProsodyServer): Promise<{ bot: XmppUser; contacts: string[] }> {
  const bot = await XmppUser.login(server, BOT, { resource: 'presence' })
  const contacts = await contactsOf(bot)
  bot.presence()
  await bot.settled()
  return { bot, contacts }
}

async function contactsOf(user: XmppUser): Promise<string[]> {
  const roster = await user.request('get', '<query xmlns="jabber:iq:roster"/>')
  return [...roster.matchAll(/<item[^>]*\bjid='([^']*)@/g)].map((item) => item[1] ?? '').sort()
}

const pushed = (name: string) => new RegExp(`<iq[^>]*type='set'(?:(?!</iq>).)*jid='${name}@.*?</iq>`, 's')
const removed = (name: string) => new RegExp(`<item(?=[^>]*jid='${name}@)(?=[^>]*subscription='remove')`)
const presenceOf = (name: string) =>
  new RegExp(`<presence(?=[^>]*from='${name}@[^']*/)(?![^>]*type=)[^>]*(?:/>|>.*?</presence>)`, 's')
const goneOf = (name: string) => new RegExp(`<presence(?=[^>]*from='${name}@)(?=[^>]*type='unavailable')`)

describe('mod_presence_bot', { concurrency: true }, () => {
  for (const { authentication, lists } of [
    { authentication: 'internal_plain', lists: true },
    { authentication: 'unlisted', lists: false },
  ]) {
    describe(`where the backend ${lists ? 'lists' : "can't list"} its users`, { concurrency: false }, () => {
      let server: ProsodyServer
      before(async () => {
        server = await startProsody({ users: ['anna', 'ben', 'carl', 'dora', 'emil', 'frida'], authentication })
      })
      after(() => server.stop())

      test('the bot sees who was online before it and who comes after it, and who leaves', async () => {
        const anna = await XmppUser.login(server, 'anna')
        anna.presence({ show: 'away' })
        await anna.settled()
        const { bot, contacts } = await loginBot(server)
        assert.deepEqual(contacts, lists ? ['anna', 'ben', 'carl', 'dora', 'emil', 'frida'] : ['anna'])
        assert.match((await bot.received(presenceOf('anna')))[0], /<show>away/)
        const ben = await XmppUser.login(server, 'ben')
        ben.presence({ show: 'dnd' })
        assert.match((await bot.received(presenceOf('ben')))[0], /<show>dnd/)
        ben.kill()
        await bot.received(goneOf('ben'))
        await Promise.all([anna.close(), bot.close()])
      })

      test('who was seen once is a contact again at the next login, online or not', async () => {
        const { bot, contacts } = await loginBot(server)
        assert.deepEqual(contacts.slice(0, 2), ['anna', 'ben'])
        await bot.received(goneOf('anna'))
        await server.shutdown()
        await server.start()
        const again = await loginBot(server)
        assert.deepEqual(again.contacts, contacts)
        await again.bot.close()
      })

      test('a user registered while the bot is online is a contact and seen at the first login', async () => {
        const { bot } = await loginBot(server)
        await server.addUser('nora')
        const nora = await XmppUser.login(server, 'nora')
        nora.presence()
        await bot.received(pushed('nora'))
        await bot.received(presenceOf('nora'))
        await Promise.all([nora.close(), bot.close()])
      })

      test('a user who registers in a client while the bot is online is a contact at once', async () => {
        const { bot } = await loginBot(server)
        await XmppUser.register(server, 'rita')
        await bot.received(pushed('rita'))
        await bot.received(goneOf('rita'))
        await bot.close()
      })

      test('a user deleted, while the bot is online or away, is no contact any more', async () => {
        const carl = await XmppUser.login(server, 'carl')
        carl.presence()
        const { bot } = await loginBot(server)
        await bot.received(presenceOf('carl'))
        await server.deleteUser('carl')
        await bot.received(removed('carl'))
        await bot.close()
        await server.deleteUser('nora')
        const again = await loginBot(server)
        assert.equal(again.contacts.includes('carl') || again.contacts.includes('nora'), false)
        await again.bot.close()
      })

      test('a user who really has the bot as a contact is told and telling once, not twice', async () => {
        const emil = await XmppUser.login(server, 'emil')
        const { bot } = await loginBot(server)
        await contactsOf(emil)
        emil.presence()
        emil.presence({ type: 'subscribe', to: server.botJid })
        await bot.received(/<presence(?=[^>]*type='subscribe')/)
        bot.presence({ type: 'subscribed', to: emil.bareJid })
        bot.presence({ type: 'subscribe', to: emil.bareJid })
        emil.presence({ type: 'subscribed', to: server.botJid })
        await emil.received(/<item(?=[^>]*subscription='both')/)
        emil.presence({ status: 'only once' })
        await emil.settled()
        await bot.settled()
        assert.equal((await bot.received(/only once.*/s))[0].split('only once').length - 1, 1)
        await Promise.all([emil.close(), bot.close()])
      })

      test('whoever takes a real subscription back is not seen before the next login of the bot', async () => {
        const emil = await XmppUser.login(server, 'emil')
        const { bot } = await loginBot(server)
        await contactsOf(emil)
        emil.presence({ type: 'unsubscribed', to: server.botJid })
        await bot.received(/<item(?=[^>]*jid='emil@)(?=[^>]*subscription='(from|none)')/)
        emil.presence({ show: 'xa' })
        await emil.settled()
        await bot.settled()
        await assert.rejects(bot.received(/<show>xa/, 50))
        await bot.close()
        const again = await loginBot(server)
        await again.bot.received(/<show>xa/)
        await Promise.all([emil.close(), again.bot.close()])
      })

      test('nobody sees the bot in their roster, and nothing of all this is saved in one', async () => {
        const frida = await XmppUser.login(server, 'frida')
        assert.deepEqual(await contactsOf(frida), [])
        await frida.close()
        await server.shutdown()
        // Only the real subscription of the test before is on disk.
        const folder = join(server.dataFolder, 'example%2etest', 'roster')
        assert.deepEqual(readdirSync(folder).sort(), ['bot.dat', 'emil.dat'])
        await server.start()
      })
    })
  }
})
