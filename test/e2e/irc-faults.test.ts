// Servers that are away, come back, split, or don't let us in: what is said meanwhile, and that it is right again.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { FatalError } from '../../src/core/errors.ts'
import { makeAccount, register, SERVICES, startAtheme } from '../support/atheme.ts'
import { startDaemon } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { OPERATOR, startInspircd } from '../support/inspircd.ts'
import { ircOptionsFor, runIrc } from '../support/irc-run.ts'
import type { IrcServer } from '../support/irc-server.ts'
import { assertNoSecret, IRC_SERVERS, id, ircConfig, mapped, says, settled } from '../support/irc-suite.ts'
import { IrcUser } from '../support/irc-user.ts'
import { startNgircd } from '../support/ngircd.ts'
import { Observer } from '../support/observer.ts'

const PASSWORD = 'correct-horse-battery'
const ANNA = { user_map: [`anna=${id('anna')}`] }

async function person(t: TestContext, server: IrcServer, nick: string): Promise<IrcUser> {
  const user = await IrcUser.login(server.port, nick)
  t.after(() => user.kill())
  return user
}

async function down(server: IrcServer, t: TestContext): Promise<IrcServer> {
  t.after(() => server.stop())
  return server
}

describe('trouble with IRC', { concurrency: true }, () => {
  test('servers that are down at the start, come, and are restarted: answers are right again, and nobody flickers', async (t) => {
    const servers = {
      ng: await down(await startNgircd({ down: true }), t),
      insp: await down(await startInspircd({ down: true }), t),
    }
    const all = Object.entries(servers)
    const config = all.map(([name, server]) => ircConfig(server, { user_map: mapped(name) }, name))
    const daemon = await startDaemon({ config: Object.assign({ plugins: 'ng=irc insp=irc' }, ...config) })
    t.after(() => daemon.stop())
    const observers = all.map(([name]) => new Observer(daemon, [id(name)], name))
    await Promise.all(
      all.map(async ([name, server], index) => {
        await daemon.waitForLog(
          new RegExp(`\\[warning\\] ${name}: .*the connection was refused; start the server, or check ${name}_server`),
        )
        await server.start()
        const comeOn = async () => {
          const user = await person(t, server, name)
          await user.ask('AWAY :tea', / 306 /)
        }
        await comeOn()
        await settled(daemon, name)
        await says(daemon, id(name), 'away', 'tea', name)
        await observers[index]?.begin()
        await server.kill()
        await daemon.documentWhen(id(name), ({ sources }) => sources[name]?.stale === true)
        await server.start()
        await comeOn()
        await daemon.waitForLog(new RegExp(`${name}: connected again, and everybody is known`), { timeout: 60_000 })
        await says(daemon, id(name), 'away', 'tea', name)
        await observers[index]?.stop()
        assert.deepEqual(observers[index]?.statuses(id(name)), ['away'])
      }),
    )
  })

  for (const { name, start } of IRC_SERVERS) {
    test(`${name}: TLS with the right authority and a wrong one, the server's password and a wrong one`, async (t) => {
      const server = await start({ password: PASSWORD })
      t.after(() => server.stop())
      const tls = { ...ANNA, tls: true, ca_file: server.caFile, server_password: PASSWORD }
      const right = runIrc(t, ircOptionsFor(server.tlsPort, tls))
      const stranger = runIrc(t, ircOptionsFor(server.tlsPort, { ...tls, ca_file: server.strangerCaFile, nick: 'two' }))
      const wrong = runIrc(t, ircOptionsFor(server.tlsPort, { ...tls, server_password: 'wrong-horse', nick: 'three' }))
      const unchecked = runIrc(
        t,
        ircOptionsFor(server.tlsPort, { ...tls, ca_file: undefined, tls_verify: false, nick: 'four' }),
      )
      const [distrust, refusal] = [await stranger.ended, await wrong.ended]
      assert.ok(distrust instanceof FatalError)
      assert.match(distrust.message, /by no authority that is trusted here; set irc_ca_file/)
      assert.ok(refusal instanceof FatalError, refusal?.message)
      assert.match(refusal.message, /check irc_server_password/)
      assert.deepEqual([stranger.told, wrong.told], [[], []])
      await right.said(/^settled$/)
      assert.match(right.told[0] ?? '', /as presence, TLSv1\.\d$|as presence, TLSv1\.\d;/)
      await unchecked.said(/connected .* as four, TLSv1\.\d with a certificate that is not checked/)
      assertNoSecret([...right.told, right.detail, refusal.message], PASSWORD, 'wrong-horse')
    })
  }

  test('a server that falls silent is given up', async (t) => {
    const server = await startInspircd()
    t.after(() => server.stop())
    const run = runIrc(t, ircOptionsFor(server.port, ANNA))
    await run.said(/^settled$/)
    server.pause()
    assert.match((await run.ended)?.message ?? '', /the server does not answer any more: PING got no answer in time/)
  })

  test('with SASL: in with the right password, and never without; by account nobody can take a name', async (t) => {
    const serverPort = await freePort()
    const server = await startInspircd({ serverPort, peers: [{ name: SERVICES, services: true }] })
    t.after(() => server.stop())
    const sasl = { sasl_username: 'presence', sasl_password: PASSWORD }
    const early = await runIrc(t, ircOptionsFor(server.port, { ...ANNA, ...sasl })).ended
    assert.ok(early !== undefined && !(early instanceof FatalError), 'services may come back')
    assert.match(early.message, /offers no SASL.*nothing goes on without it while irc_sasl_username is set/)
    const services = await startAtheme(serverPort)
    t.after(() => services.stop())
    await makeAccount(server.port, 'presence', PASSWORD)
    const anna = await person(t, server, 'anna')
    await anna.send('MONITOR + intruder')
    const wrong = await runIrc(
      t,
      ircOptionsFor(server.port, {
        ...ANNA,
        nick: 'intruder',
        sasl_username: 'presence',
        sasl_password: 'wrong-horse',
      }),
    ).ended
    assert.ok(wrong instanceof FatalError, wrong?.message)
    assert.match(wrong.message, /refused the login .*check irc_sasl_username and irc_sasl_password/)
    assertNoSecret([early.message, wrong.message], PASSWORD, 'wrong-horse')

    const run = runIrc(t, ircOptionsFor(server.port, { ...ANNA, ...sasl, identify_by: 'account' }))
    await run.said(/^settled$/)
    await anna.ask('WHOIS presence', / 330 anna presence presence /)
    assert.deepEqual(
      anna.lines.filter((line) => / 730 .*intruder/.test(line)),
      [],
      'nobody was ever there without the account',
    )
    // The nick alone is worth nothing.
    assert.equal(run.last(id('anna')), 'unavailable')
    assert.match(run.detail, /not logged in to an account, so not counted: anna/)
    await register(anna, PASSWORD)
    await run.said(/anna@example.test available/)
    const before = run.told.length
    await anna.ask('PRIVMSG NickServ :LOGOUT', / 901 /)
    await run.said(/anna@example.test unavailable/, before)
  })

  test('a netsplit shorter than the grace changes nothing, a longer one takes people away until it is over', async (t) => {
    const [hubPort, leafPort] = [await freePort(), await freePort()]
    const [hubName, leafName] = ['irc.example.test', 'leaf.example.test']
    const hub = await startInspircd({ name: hubName, serverPort: hubPort, peers: [{ name: leafName, port: leafPort }] })
    t.after(() => hub.stop())
    const peers = [{ name: hubName, port: hubPort }]
    const leaf = await startInspircd({ name: leafName, id: '002', serverPort: leafPort, peers })
    t.after(() => leaf.stop())
    const [anna, ben] = [await person(t, leaf, 'anna'), await person(t, leaf, 'ben')]
    await ben.ask('AWAY :tea', / 306 /)
    const operator = await person(t, hub, 'root')
    await operator.ask(`OPER ${OPERATOR}`, / 381 /)
    const link = async () => {
      operator.send(`CONNECT ${leafName}`)
      await operator.received(/ 730 .*anna/, operator.lines.length)
    }
    operator.send('MONITOR + anna')
    await link()
    const user_map = [`anna=${id('anna')}`, `ben=${id('ben')}`]
    const patient = runIrc(t, ircOptionsFor(hub.port, { user_map, grace: 60 }))
    const hasty = runIrc(t, ircOptionsFor(hub.port, { user_map, grace: 0, nick: 'hasty' }))
    await Promise.all([patient.said(/^settled$/), hasty.said(/^settled$/)])
    const told = patient.told.length
    for (let split = 0; split < 2; split += 1) {
      const before = hasty.told.length
      operator.send(`SQUIT ${leafName} :a test`)
      await hasty.said(/anna@example.test unavailable/, before)
      await hasty.said(/ben@example.test unavailable/, before)
      await link()
      await hasty.said(/anna@example.test available/, before)
      await hasty.said(/ben@example.test away tea/, before)
    }
    assert.deepEqual(patient.told.slice(told), [], 'nothing has changed for whoever waits')
    // Who really leaves is gone long before the grace is over.
    const left = performance.now()
    await anna.quit()
    await patient.said(/anna@example.test unavailable/, told)
    assert.ok(performance.now() - left < 20_000)
  })
})
