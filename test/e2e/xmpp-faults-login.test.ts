// The server can't be logged in to: the log says clearly why, never with the password, and the remedy helps.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type ConfigLines, type Daemon, startDaemon } from '../support/daemon.ts'
import { PASSWORD, type XmppServer } from '../support/xmpp-server.ts'
import { announcedDelays, assertNoSecretLogged, online, SERVERS, says, xmppConfig } from '../support/xmpp-suite.ts'

/** Corrects presence.cfg as an administrator would, and waits until everybody is known. */
async function remedy(daemon: Daemon, config: ConfigLines): Promise<void> {
  daemon.configure(config)
  daemon.signal('SIGHUP')
  await daemon.sourceIs('settled', 'xmpp', 5_000)
}

describe('logging in', { concurrency: true }, () => {
  for (const { name, start } of SERVERS) {
    describe(`on ${name}`, { concurrency: true }, () => {
      let server: XmppServer
      before(async () => {
        server = await start({ users: ['anna'] })
        await online(server, 'anna', { show: 'away' })
      })
      after(() => server?.stop())

      test('a wrong password is told as such, tried again once a minute at most, and helped by a reload', async (t) => {
        const wrong = 'Not-The-Password-9'
        const daemon = await startDaemon({ config: xmppConfig(server, server.port, { xmpp_password: wrong }) })
        t.after(() => daemon.stop())
        const [line] = await daemon.waitForLog(/\[error\] xmpp: .*/)
        assert.match(line, /xmpp_password/)
        assert.ok((announcedDelays(daemon.logLines)[0] ?? 0) >= 30, 'a retry that can hardly help must wait')
        const source = await daemon.sourceIs('connecting')
        assert.match(source.detail, /xmpp_password/)
        assert.equal(daemon.logLines.join('\n').includes(wrong), false)
        // Everything else works meanwhile.
        await daemon.put([{ user_id: 'anna', spreed: { status: 'busy', message: '' } }])
        assert.equal((await daemon.document('anna')).status, 'busy')
        await remedy(daemon, xmppConfig(server))
        await says(daemon, `anna@${server.domain}`, 'away')
        assertNoSecretLogged(daemon)
      })

      test('a certificate by an unknown authority is refused, before the password is sent', async (t) => {
        const stranger = { xmpp_ca_file: server.strangerCaFile }
        const daemon = await startDaemon({ config: xmppConfig(server, server.port, stranger) })
        t.after(() => daemon.stop())
        const [line] = await daemon.waitForLog(/xmpp: .*certificate.*/)
        assert.match(line, /xmpp_ca_file/)
        assertNoSecretLogged(daemon)
        await remedy(daemon, xmppConfig(server))
      })

      test('direct TLS checks the certificate as well', async (t) => {
        const more = { xmpp_tls: 'direct', xmpp_ca_file: server.strangerCaFile }
        const daemon = await startDaemon({ config: xmppConfig(server, server.directTlsPort, more) })
        t.after(() => daemon.stop())
        await daemon.waitForLog(/xmpp: .*certificate.*xmpp_ca_file/)
        await remedy(daemon, xmppConfig(server, server.directTlsPort, { xmpp_tls: 'direct' }))
        await says(daemon, `anna@${server.domain}`, 'away')
      })
    })
  }
})

describe('a server without STARTTLS', () => {
  /** Offers a login in the clear and no TLS, as a server does from whose offer somebody on the way has taken STARTTLS. */
  async function stripped() {
    const heard: string[] = []
    const listener = createServer((socket) => {
      socket.on('error', () => {})
      socket.setEncoding('utf8').on('data', (text: string) => {
        heard.push(text)
        if (!text.includes('<stream:stream')) return
        socket.write(
          `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='example.test' id='1' version='1.0'>` +
            `<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
        )
      })
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return { heard, port: (listener.address() as AddressInfo).port, close: () => listener.close() }
  }

  test('never hears a password: the log says what is wrong, and the daemon tries again', async (t) => {
    const server = await stripped()
    t.after(() => server.close())
    const config = {
      xmpp_jid: 'bot@example.test',
      xmpp_password: PASSWORD,
      xmpp_host: '127.0.0.1',
      xmpp_port: server.port,
    }
    const daemon = await startDaemon({ config })
    t.after(() => daemon.stop())
    const [line] = await daemon.waitForLog(/xmpp: .*STARTTLS.*/)
    assert.match(line, /next attempt in/)
    await daemon.until(
      async () => server.heard.filter((text) => text.includes('<stream:stream')).length,
      (streams) => streams >= 2,
    )
    assert.equal(server.heard.join('').includes('<auth'), false)
    assertNoSecretLogged(daemon)
  })
})
