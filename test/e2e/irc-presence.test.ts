// What people do on IRC, on real servers, is what the daemon answers: with MONITOR, and by asking where there is none.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { startInspircd } from '../support/inspircd.ts'
import { ircOptionsFor, runIrc } from '../support/irc-run.ts'
import type { IrcServer } from '../support/irc-server.ts'
import { IRC_SERVERS, id, ircConfig, mapped, says, settled } from '../support/irc-suite.ts'
import { IrcUser } from '../support/irc-user.ts'
import { startNgircd } from '../support/ngircd.ts'

// Five, with the brackets and who is in the user map: they fit in one question where there is no MONITOR.
const NICKS = ['anna', 'ben']

describe('presence on IRC', { concurrency: true }, () => {
  for (const { name, start } of IRC_SERVERS) {
    describe(`on ${name}`, { concurrency: true }, () => {
      let server: IrcServer
      let daemon: Daemon
      const folder = mkdtempSync(join(tmpdir(), 'presence-irc-'))
      const users: IrcUser[] = []
      const online = async (nick: string) => {
        const user = await IrcUser.login(server.port, nick)
        users.push(user)
        return user
      }
      before(async () => {
        server = await start()
        const ben = await online('ben')
        ben.sendBytes(Buffer.from('AWAY :im B\u00fcro, since yesterday', 'latin1'))
        await ben.received(/ 306 /)
        const frida = await online('frida')
        await frida.ask('JOIN #team', / 366 /)
        await frida.ask('AWAY :busy until six', / 306 /)
        const config = ircConfig(server, {
          user_map: `${mapped(...NICKS)} [x]=brackets@example.test {x}=braces@example.test`,
          ...{ channels: '#team', domain: 'example.test' },
        })
        const map = join(folder, 'users.map')
        writeFileSync(map, `irc Carl = ${id('carl')}\n`)
        daemon = await startDaemon({ config: { plugins: 'irc', user_map_file: map, ...config } })
        await settled(daemon)
      })
      after(async () => {
        for (const user of users) user.kill()
        await daemon?.stop()
        await server?.stop()
        rmSync(folder, { recursive: true })
      })

      test('online, away with a text, another text, back, and gone', async () => {
        await says(daemon, id('anna'), 'unavailable', '')
        const anna = await online('Anna')
        await says(daemon, id('anna'), 'available', '')
        await anna.ask('AWAY :at lunch, über die Straße', / 306 /)
        await says(daemon, id('anna'), 'away', 'at lunch, über die Straße')
        await anna.ask('AWAY', / 305 /)
        await says(daemon, id('anna'), 'available', '')
        await anna.ask('AWAY :Busy! Later', / 306 /)
        await says(daemon, id('anna'), 'busy', 'Busy! Later')
        await anna.quit()
        await says(daemon, id('anna'), 'unavailable', '')
      })

      test('who was away before the daemon came is away, with the text, be it in Latin-1', async () => {
        await says(daemon, id('ben'), 'away', 'im Büro, since yesterday')
      })

      test('a changed nick is gone, and there again when it is changed back', async () => {
        const carl = await online('carl')
        await says(daemon, id('carl'), 'available')
        await carl.ask('NICK carl_off', / NICK /)
        await says(daemon, id('carl'), 'unavailable')
        await carl.ask('NICK carl', / NICK /)
        await says(daemon, id('carl'), 'available')
      })

      test('people of a channel are users of the domain, followed while they are there', async () => {
        await says(daemon, id('frida'), 'busy', 'busy until six')
        const guest = await online('Guest')
        await guest.ask('JOIN #team', / 366 /)
        await says(daemon, id('guest'), 'available')
        await guest.ask('AWAY :tea', / 306 /)
        await says(daemon, id('guest'), 'away', 'tea')
        await guest.ask('PART #team', / PART /)
        await daemon.documentWhen(id('guest'), ({ sources }) => sources.irc === undefined)
        await guest.ask('JOIN #team', / 366 /)
        await says(daemon, id('guest'), 'away', 'tea')
        await guest.quit()
        await says(daemon, id('guest'), 'unavailable', '')
        assert.equal((await daemon.document(id('presence'))).sources.irc, undefined, 'the daemon itself is nobody')
      })

      test('whether [x] and {x} are the same is as the server says', async () => {
        const [source] = (await daemon.sources()).filter(({ name: source }) => source === 'irc')
        if (server.kind === 'ngircd') {
          await online('{x}')
          await says(daemon, 'braces@example.test', 'available')
          // Nobody had that one at any time.
          await says(daemon, 'brackets@example.test', 'unavailable')
          return
        }
        await online('{X}')
        await says(daemon, 'brackets@example.test', 'available')
        assert.equal((await daemon.document('braces@example.test')).sources.irc, undefined)
        assert.match(source?.detail ?? '', /the same as another: \{x\}/)
      })

      test('the words tell what it is connected to and how people are followed', async () => {
        const detail = await settled(daemon)
        const how =
          server.kind === 'ngircd' ? /5 of them asked for every 5 s \(the server has no MONITOR\)/ : /4 nicks followed;/
        assert.match(detail, how)
        assert.match(detail, /127\.0\.0\.1:\d+ \(irc\.example\.test.*\) as presence, TLSv1/)
        assert.match(detail, /in #team/)
      })
    })
  }

  test('60 people on ngIRCd as it is installed: all of them known, and nobody is thrown out', async (t) => {
    const server = await startNgircd()
    t.after(() => server.stop())
    const nicks = Array.from({ length: 60 }, (_, index) => `user${index}`)
    const people = await Promise.all(nicks.slice(0, 30).map((nick) => IrcUser.login(server.port, nick)))
    await people[7]?.ask('AWAY :lunch', / 306 /)
    const run = runIrc(t, ircOptionsFor(server.port, { user_map: nicks.map((nick) => `${nick}=${id(nick)}`) }))
    await run.said(/^settled$/)
    for (const [index, nick] of nicks.entries()) {
      const expected = index === 7 ? 'away lunch' : index < 30 ? 'available' : 'unavailable'
      assert.equal(run.last(id(nick)), expected, nick)
    }
    // A second round goes by as well, on the same connection.
    await people[3]?.quit()
    await run.said(/publish user3@example.test unavailable/)
    for (const person of people) person.kill()
  })

  test('150 people where MONITOR takes 100: the others are asked for', async (t) => {
    const server = await startInspircd({ monitorLimit: 100 })
    t.after(() => server.stop())
    const nicks = Array.from({ length: 150 }, (_, index) => `user${index}`)
    const [monitored, asked] = await Promise.all(['user10', 'user149'].map((nick) => IrcUser.login(server.port, nick)))
    const run = runIrc(t, ircOptionsFor(server.port, { user_map: nicks.map((nick) => `${nick}=${id(nick)}`) }))
    await run.said(/^settled$/)
    assert.match(run.detail, /150 nicks followed; 50 of them asked for every 20 s \(MONITOR is full\)/)
    assert.deepEqual(
      ['user10', 'user149', 'user99', 'user148'].map((nick) => run.last(id(nick))),
      ['available', 'available', 'unavailable', 'unavailable'],
    )
    await asked?.ask('AWAY :here and there', / 306 /)
    await monitored?.ask('AWAY :tea', / 306 /)
    await run.said(/user10@example.test away tea/)
    await run.said(/user149@example.test away here and there/)
    const before = run.told.length
    for (const person of [monitored, asked]) person?.kill()
    await run.said(/user10@example.test unavailable/, before)
    await run.said(/user149@example.test unavailable/, before)
  })
})
