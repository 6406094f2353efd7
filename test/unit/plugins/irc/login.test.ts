// Logging in to servers that behave badly: in time, with SASL or not at all, and without a secret in any word.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { FatalError } from '../../../../src/core/errors.ts'
import type { IrcOptions } from '../../../../src/plugins/irc/options.ts'
import { ircOptionsFor, runIrc } from '../../../support/irc-run.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { scriptedIrcServer, WELCOME } from '../../../support/scripted-irc-server.ts'

const SASL: Partial<IrcOptions> = { sasl_username: 'bot', sasl_password: 'pw-secret', user_map: ['anna=anna@x'] }

/** The end of a run with SASL at a server with these answers, and what it got to read. */
async function withSasl(t: TestContext, answers: Parameters<typeof scriptedIrcServer>[1]) {
  const server = await scriptedIrcServer(t, answers)
  const run = runIrc(t, ircOptionsFor(server.port, SASL))
  const error = await run.ended
  assert.ok(error)
  assert.doesNotMatch(error.message, /pw-secret|cHctc2VjcmV0/)
  assert.deepEqual(run.told, [])
  return { error, lines: server.lines, fatal: error instanceof FatalError }
}

const LS = [':s CAP * LS :sasl=PLAIN,EXTERNAL away-notify']
const ACK = (line: string) =>
  line.startsWith('CAP LS') ? LS : line.startsWith('CAP REQ') ? [`:s CAP * ACK ${line.slice(8)}`] : []

suite('SASL', () => {
  test('nobody is registered before SASL is granted, and nothing goes on before it has succeeded', async (t) => {
    let authenticated = 0
    const server = await scriptedIrcServer(t, {
      CAP: (line) => (line === 'CAP END' ? WELCOME : ACK(line)),
      AUTHENTICATE: (line) => {
        authenticated += 1
        // 900 alone makes the library go on; here the success is still to come.
        return line === 'AUTHENTICATE PLAIN' ? ['AUTHENTICATE +'] : [':s 900 * * bot :logged in', 'PING :read']
      },
    })
    const run = runIrc(t, ircOptionsFor(server.port, SASL))
    await server.received(/^PONG read/)
    const order = server.lines.map((line) => line.split(' ').slice(0, 2).join(' '))
    assert.ok(order.indexOf('USER presence') > order.indexOf('CAP REQ'))
    assert.equal(server.lines.includes('CAP END'), false)
    server.say(':s 903 * :success')
    await run.said(/^connected/)
    assert.equal(authenticated, 2)
    assert.equal(server.lines.filter((line) => line === 'CAP END').length, 1)
    const credentials = server.lines.find((line) => /^AUTHENTICATE (?!PLAIN)/.test(line))?.slice(13) ?? ''
    assert.equal(Buffer.from(credentials, 'base64').toString(), 'bot\0bot\0pw-secret')
  })

  const refusals: ReadonlyArray<[what: string, reply: string, fatal: boolean, words: RegExp]> = [
    ['a wrong password', ':s 904 * :failed', true, /check irc_sasl_username and irc_sasl_password/],
    ['a locked account', ':s 902 * :locked', true, /refused the login \(locked\)/],
    ['a login that is broken off', ':s 906 * :aborted', false, /broken off/],
    ['other mechanisms only', ':s 908 * EXTERNAL :are available', true, /only EXTERNAL; it must allow PLAIN/],
    ['being let in all the same', WELCOME[0] ?? '', false, /let us in without SASL; nothing goes on/],
  ]
  for (const [what, reply, fatal, words] of refusals) {
    test(`${what} ends the login, and nothing more is sent`, async (t) => {
      const end = await withSasl(t, {
        CAP: ACK,
        AUTHENTICATE: (line) => (line === 'AUTHENTICATE PLAIN' ? ['AUTHENTICATE +'] : [reply]),
      })
      assert.match(end.error.message, words)
      assert.equal(end.fatal, fatal)
      assert.equal(end.lines.includes('CAP END'), false)
    })
  }

  const offers: ReadonlyArray<
    [what: string, answers: Parameters<typeof scriptedIrcServer>[1], fatal: boolean, words: RegExp]
  > = [
    [
      'a server without SASL',
      { CAP: [':s CAP * LS :away-notify'] },
      false,
      /offers no SASL; its services may be away; nothing goes on/,
    ],
    ['a server without PLAIN', { CAP: [':s CAP * LS :sasl=EXTERNAL'] }, true, /only EXTERNAL/],
    [
      'a server without capabilities',
      { CAP: [':s 421 * CAP :Unknown command'], USER: WELCOME },
      false,
      /no capabilities/,
    ],
    [
      'a server that refuses it',
      { CAP: (line) => (line.startsWith('CAP LS') ? LS : [':s CAP * NAK :sasl away-notify']) },
      false,
      /refuses SASL/,
    ],
  ]
  for (const [what, answers, fatal, words] of offers) {
    test(`${what} never learns who we are`, async (t) => {
      const end = await withSasl(t, answers)
      assert.match(end.error.message, words)
      assert.equal(end.fatal, fatal)
      assert.deepEqual(
        end.lines.filter((line) => /^(USER|AUTHENTICATE|CAP END)/.test(line)),
        [],
      )
    })
  }

  test('without SASL the password of the server is not tried as one', async (t) => {
    const server = await scriptedIrcServer(t, { CAP: (line) => (line === 'CAP END' ? WELCOME : ACK(line)) })
    const run = runIrc(t, ircOptionsFor(server.port, { server_password: 'of the server' }))
    await run.said(/^connected/)
    assert.deepEqual(
      server.lines.filter((line) => /^(PASS|AUTHENTICATE)/.test(line)),
      ['PASS :of the server'],
    )
  })
})

suite('a login', () => {
  const simple = { CAP: (line: string) => (line.startsWith('CAP LS') ? [':s CAP * LS :'] : []), USER: WELCOME }

  test('a taken nick is followed by two digits, within nine characters', async (t) => {
    const server = await scriptedIrcServer(t, {
      ...{ CAP: [':s CAP * LS :'] },
      NICK: (line) => (line === 'NICK presence' ? [':s 433 * presence :in use'] : WELCOME),
    })
    const run = runIrc(t, ircOptionsFor(server.port))
    await run.said(/^connected/)
    assert.match(server.lines.findLast((line) => line.startsWith('NICK')) ?? '', /^NICK presenc\d\d$/)
  })

  const ends: ReadonlyArray<[what: string, reply: string, fatal: boolean, words: RegExp]> = [
    ['a wrong password of the server', ':s 464 * :Password incorrect', true, /check irc_server_password/],
    ['a ban', ':s 465 * :K-lined', true, /has banned us: K-lined/],
    ['a nick that the server does not take', ':s 432 * presence :Erroneous', true, /change irc_nick/],
    [
      'a denial without a number',
      'ERROR :Closing link: [Access denied by configuration]',
      true,
      /check irc_server_password/,
    ],
    ['a full server', 'ERROR :Closing link: [Too many connections]', false, /ended the login: .*Too many connections/],
  ]
  for (const [what, reply, fatal, words] of ends) {
    test(`${what} is told with the remedy`, async (t) => {
      const server = await scriptedIrcServer(t, { ...simple, USER: [reply] })
      const error = await runIrc(t, ircOptionsFor(server.port, { server_password: 'pw-secret' })).ended
      assert.match(error?.message ?? '', words)
      assert.match(error?.message ?? '', /^127\.0\.0\.1:\d+: /)
      assert.doesNotMatch(error?.message ?? '', /pw-secret/)
      assert.equal(error instanceof FatalError, fatal)
    })
  }

  test('silence after the first words ends it', async (t) => {
    const clock = new ManualClock()
    const server = await scriptedIrcServer(t)
    const run = runIrc(t, ircOptionsFor(server.port), clock)
    await server.received(/^USER/)
    clock.advance(40_000)
    assert.match(
      (await run.ended)?.message ?? '',
      /no answer within 40 s while waiting for the server to take the login/,
    )
  })

  test('a TLS handshake that gets no answer ends after its own time', async (t) => {
    const clock = new ManualClock()
    const server = await scriptedIrcServer(t)
    const run = runIrc(t, ircOptionsFor(server.port, { tls: true }), clock)
    // The beginning of the handshake is no line; whatever arrives shows that it has begun.
    const waiting = setInterval(() => clock.advance(1_000), 20)
    t.after(() => clearInterval(waiting))
    assert.match((await run.ended)?.message ?? '', /no answer within 10 s while waiting for the TLS handshake/)
  })

  test('a server that speaks no TLS at the port is told as such', async (t) => {
    const server = await scriptedIrcServer(t)
    const run = runIrc(t, ircOptionsFor(server.port, { tls: true }))
    const greeting = setInterval(() => server.say('NOTICE * :hello'), 20)
    t.after(() => clearInterval(greeting))
    assert.match(
      (await run.ended)?.message ?? '',
      /TLS failed \(.*\); check that irc_port is the server's port for TLS/,
    )
  })

  test('nobody listening, and no such file of authorities, are told with the option', async (t) => {
    const refused = await runIrc(t, ircOptionsFor(1)).ended
    assert.match(
      refused?.message ?? '',
      /the connection was refused; start the server, or check irc_server and irc_port/,
    )
    const missing = await runIrc(t, ircOptionsFor(1, { tls: true, ca_file: '/nowhere.pem' })).ended
    assert.ok(missing instanceof FatalError)
    assert.match(missing.message, /irc_ca_file can't be read/)
  })

  test('what comes later has bounds too: a line without end, a message that lacks a part', async (t) => {
    const server = await scriptedIrcServer(t, simple)
    const long = runIrc(t, ircOptionsFor(server.port))
    await long.said(/^connected/)
    server.sayBytes(Buffer.alloc(20_000, 'x'))
    assert.match((await long.ended)?.message ?? '', /a line is longer than 16384 bytes/)

    const odd = await scriptedIrcServer(t, { CAP: [':s CAP *'] })
    const error = await runIrc(t, ircOptionsFor(odd.port)).ended
    assert.match(error?.message ?? '', /a message that can't be understood \(CAP\)/)
  })

  test('lines go out at a pace, a PONG at once, and a goodbye at the end', async (t) => {
    const clock = new ManualClock()
    const server = await scriptedIrcServer(t, {
      ...simple,
      USERHOST: [':s 302 presence :'],
      LINKS: [':s 365 presence * :End'],
    })
    const run = runIrc(t, ircOptionsFor(server.port, { user_map: ['a=a', 'b=b', 'c=c', 'd=d', 'e=e', 'f=f'] }), clock)
    await run.said(/^connected/)
    const asked = () => server.lines.filter((line) => /^(USERHOST|LINKS)/.test(line)).length
    // Whatever was sent before the PONG has arrived with it; it counts as a line too.
    let pongs = 0
    const everythingArrived = async () => {
      pongs += 1
      server.say(`PING :${pongs}`)
      await server.received(new RegExp(`^PONG :${pongs}$`))
    }
    clock.advance(1_800)
    await everythingArrived()
    clock.advance(2_000)
    await everythingArrived()
    assert.equal(asked(), 0, 'the login and two PONGs are six seconds')
    clock.advance(2_400)
    await run.said(/a unavailable/)
    clock.advance(1_600)
    await everythingArrived()
    assert.equal(asked(), 1)
    clock.advance(2_800)
    await run.said(/f unavailable/)
    clock.advance(2_200)
    await run.said(/^settled$/)
    const stopped = run.stop()
    await server.received(/^QUIT :/)
    clock.advance(1_000)
    await stopped
    assert.equal(await run.ended, undefined)
  })

  test('an ERROR and a lost capability end the session with the server’s words', async (t) => {
    const server = await scriptedIrcServer(t, simple)
    const killed = runIrc(t, ircOptionsFor(server.port))
    await killed.said(/^connected/)
    server.say('ERROR :Closing link: Killed (by\u0007me)')
    assert.match((await killed.ended)?.message ?? '', /ended the connection: Closing link: Killed \(by\ufffdme\)/)
    const other = await scriptedIrcServer(t, simple)
    const changed = runIrc(t, ircOptionsFor(other.port))
    await changed.said(/^connected/)
    other.say(':s CAP presence DEL :away-notify')
    assert.match((await changed.ended)?.message ?? '', /has taken back away-notify/)
  })
})
