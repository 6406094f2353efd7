// What people say of themselves in XMPP clients, on real servers, is what the daemon answers.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import type { XmppServer } from '../support/xmpp-server.ts'
import { knowsNothing, online, SERVERS, says, xmppConfig } from '../support/xmpp-suite.ts'
import { XmppUser } from '../support/xmpp-user.ts'

const USERS = [
  'anna',
  'ben',
  'carl',
  'dora',
  'emil',
  'frida',
  'gregor',
  'hanna',
  'ines',
  'jan',
  'karl',
  'marie',
  'markd',
]

describe('presence', { concurrency: true }, () => {
  for (const { name, start } of SERVERS) {
    describe(`on ${name}`, { concurrency: true }, () => {
      let server: XmppServer
      let daemon: Daemon
      const id = (user: string) => `${user}@${server.domain}`
      before(async () => {
        server = await start({ users: USERS })
        daemon = await startDaemon({ config: xmppConfig(server) })
        await daemon.sourceIs('settled')
      })
      after(async () => {
        await daemon?.stop()
        await server?.stop()
      })

      test('each show means one of the four states', async () => {
        const anna = await online(server, 'anna', { status: 'hello' })
        await says(daemon, id('anna'), 'available', 'hello')
        for (const [show, status] of [
          ['away', 'away'],
          ['chat', 'available'],
          ['xa', 'away'],
          ['dnd', 'busy'],
        ] as const) {
          anna.presence({ show, status: `now ${show}` })
          await says(daemon, id('anna'), status, `now ${show}`)
        }
        anna.presence({ type: 'unavailable', status: 'gone home' })
        await says(daemon, id('anna'), 'unavailable')
      })

      test('an unknown show is still somebody who is there', async () => {
        const ben = await XmppUser.login(server, 'ben')
        ben.presence({ show: 'lunch', status: 'noodles' })
        // ejabberd refuses it, and then nobody hears of it.
        if (server.kind === 'ejabberd') await ben.received(/<presence(?=[^>]*type='error')/)
        else await says(daemon, id('ben'), 'available', 'noodles')
        await ben.close()
      })

      test('of two resources the one with the higher priority speaks, and when it dies the other does', async () => {
        const desk = await online(server, 'carl', { show: 'away', priority: 5, status: 'desk' })
        const phone = await online(server, 'carl', { show: 'dnd', priority: 1, status: 'phone' }, { resource: 'phone' })
        await says(daemon, id('carl'), 'away', 'desk')
        phone.presence({ show: 'dnd', priority: 10, status: 'phone first' })
        await says(daemon, id('carl'), 'busy', 'phone first')
        phone.kill()
        await says(daemon, id('carl'), 'away', 'desk')
        await desk.close()
        await says(daemon, id('carl'), 'unavailable')
      })

      test('at equal priority the most available resource speaks', async () => {
        const desk = await online(server, 'dora', { show: 'away', status: 'desk' })
        const phone = await online(server, 'dora', { status: 'phone' }, { resource: 'phone' })
        await says(daemon, id('dora'), 'available', 'phone')
        await phone.close()
        await says(daemon, id('dora'), 'away', 'desk')
        await desk.close()
      })

      test('a negative priority is presence too', async () => {
        const emil = await online(server, 'emil', { priority: -1, show: 'dnd', status: 'no messages' })
        await says(daemon, id('emil'), 'busy', 'no messages')
        await emil.close()
      })

      test('who has not been online is unavailable', async () => {
        await says(daemon, id('frida'), 'unavailable', '')
      })

      test('capitals in the account make no other user', async () => {
        const markd = await online(server, 'MarkD', { show: 'away', status: 'capital' })
        await says(daemon, id('markd'), 'away', 'capital')
        await says(daemon, id('MARKD'), 'away', 'capital')
        const [entry] = await daemon.get([id('MarkD')])
        assert.deepEqual(entry, { user_id: id('MarkD'), xmpp: { status: 'away', message: 'capital' } })
        await markd.close()
        await says(daemon, id('markd'), 'unavailable')
      })

      test('of several status texts the one without a language counts, else the first', async () => {
        const german = { text: 'Mittag', lang: 'de' }
        const gregor = await online(server, 'gregor', {
          status: [german, { text: 'lunch' }, { text: '昼', lang: 'ja' }],
        })
        await says(daemon, id('gregor'), 'available', 'lunch')
        gregor.presence({ status: [german, { text: '昼', lang: 'ja' }] })
        await says(daemon, id('gregor'), 'available', 'Mittag')
        await gregor.close()
      })

      test('a stranger, someone of a foreign domain and the bot itself leave no trace', async () => {
        await server.addUser('stranger', undefined, server.otherDomain)
        const stranger = await online(server, 'stranger', {}, { domain: server.otherDomain })
        stranger.presence({ to: server.botJid, status: 'look at me' })
        stranger.presence({ to: server.botJid, type: 'error' })
        await stranger.settled()
        const twin = await online(server, 'bot', { status: 'me again' }, { resource: 'another' })
        // What comes after them is seen, so they were too.
        const hanna = await online(server, 'hanna', { status: 'last' })
        await says(daemon, id('hanna'), 'available', 'last')
        await knowsNothing(daemon, `stranger@${server.otherDomain}`)
        await knowsNothing(daemon, server.botJid)
        await Promise.all([stranger.close(), twin.close(), hanna.close()])
      })

      test('rooms and the people in them are no users', async () => {
        const room = `hall@${server.mucDomain}`
        const ines = await online(server, 'ines', { show: 'away' })
        await ines.joinRoom(room, 'ines')
        const twin = await online(server, 'bot', {}, { resource: 'in-room' })
        await twin.joinRoom(room, 'bot')
        ines.presence({ show: 'dnd', status: 'in the hall' })
        await says(daemon, id('ines'), 'busy', 'in the hall')
        await knowsNothing(daemon, room)
        await knowsNothing(daemon, `${room}/ines`)
        await Promise.all([ines.close(), twin.close()])
      })

      test('an error in place of a presence changes nothing', async () => {
        const jan = await online(server, 'jan', { show: 'dnd' })
        await says(daemon, id('jan'), 'busy')
        jan.presence({ to: `${server.botJid}/kopano-presence`, type: 'error' })
        jan.presence({ to: server.botJid, type: 'error' })
        const karl = await online(server, 'karl', { status: 'after the error' })
        await says(daemon, id('karl'), 'available', 'after the error')
        assert.equal((await daemon.document(id('jan'))).sources.xmpp?.status, 'busy')
        await Promise.all([jan.close(), karl.close()])
      })

      test('one GET tells XMPP and spreed of one person', async () => {
        const marie = await online(server, 'marie', { show: 'xa', status: 'at lunch' })
        await daemon.put([{ user_id: id('marie'), spreed: { status: 'busy', message: 'in a call' } }])
        await says(daemon, id('marie'), 'away', 'at lunch')
        assert.deepEqual(await daemon.get([id('marie')]), [
          {
            user_id: id('marie'),
            xmpp: { status: 'away', message: 'at lunch' },
            spreed: { status: 'busy', message: 'in a call' },
          },
        ])
        await marie.close()
      })
    })
  }
})
