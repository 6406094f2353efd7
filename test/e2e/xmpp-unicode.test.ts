// No character is damaged, however the network cuts the bytes.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ConfigLines, startDaemon } from '../support/daemon.ts'
import { inParallel } from '../support/in-parallel.ts'
import { startProxy } from '../support/proxy.ts'
import type { XmppServer } from '../support/xmpp-server.ts'
import { announcedDelays, online, SERVERS, xmppConfig } from '../support/xmpp-suite.ts'
import type { XmppUser } from '../support/xmpp-user.ts'

const NAMES = Array.from({ length: 250 }, (_, index) => `user${index}`)
const WORDS = [
  '会議中です',
  '昼休み 🍜',
  '在宅勤務',
  '👩‍👩‍👧‍👦 family',
  '🏳️‍🌈',
  'naïve façade',
  '한국어',
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢',
  '<&>"\'',
]
/** Long enough that the server's TLS records, too, end within letters. */
const statusOf = (index: number) => `${index} ${(WORDS[index % WORDS.length] ?? '').repeat(8)}`

describe('Japanese and emoji statuses of 250 users, byte by byte', { concurrency: true }, () => {
  for (const { name, start } of SERVERS) {
    describe(`on ${name}`, { concurrency: false }, () => {
      let server: XmppServer
      let users: XmppUser[]
      before(async () => {
        server = await start({ users: NAMES })
        users = await inParallel(NAMES, 20, (user) => online(server, user, { status: statusOf(NAMES.indexOf(user)) }))
      })
      after(async () => {
        await Promise.all(users.map((user) => user.close()))
        await server.stop()
      })

      for (const tls of ['starttls', 'direct', 'none'] as const) {
        test(`arrive whole over xmpp_tls = ${tls}`, async (t) => {
          const proxy = await startProxy(tls === 'direct' ? server.directTlsPort : server.port)
          t.after(() => proxy.close())
          proxy.splitAtEveryByte(true)
          const more: ConfigLines = { xmpp_tls: tls, xmpp_ping_interval: 20 }
          const daemon = await startDaemon({ config: xmppConfig(server, proxy.port, more) })
          t.after(() => daemon.stop())
          await daemon.sourceIs('settled', 'xmpp', 30_000)
          const ids = NAMES.map((user) => `${user}@${server.domain}`)
          const expected = ids.map((user_id, index) => ({
            user_id,
            xmpp: { status: 'available', message: statusOf(index) },
          }))
          assert.deepEqual(await daemon.get(ids), expected)
          assert.deepEqual(
            announcedDelays(daemon.logLines),
            [],
            `needed a second attempt: ${daemon.logLines.join('\n')}`,
          )
        })
      }
    })
  }
})
