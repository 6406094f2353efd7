// Logins that an honest server would not make: nothing secret is said, and the error names the remedy.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { FatalError } from '../../../../src/core/errors.ts'
import { type Certificates, makeCertificates } from '../../../support/certificates.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { BIND, mechanisms, type Peer, STARTTLS, sasl, scriptedServer } from '../../../support/scripted-xmpp-server.ts'
import { runXmpp, xmppOptionsFor } from '../../../support/xmpp-run.ts'

let folder: string
let certificates: Certificates
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'presence-xmpp-'))
  certificates = await makeCertificates(folder, ['example.test'])
})
after(() => rmSync(folder, { recursive: true, force: true }))

describe('with STARTTLS', () => {
  const end = async (t: Parameters<typeof runXmpp>[0], script: (peer: Peer) => Promise<void>) => {
    const server = await scriptedServer(t, script)
    const options = xmppOptionsFor(server.port, { tls: 'starttls', ca_file: certificates.caFile })
    const error = await runXmpp(t, options, new ManualClock()).ended
    await server.finished()
    return error?.message ?? ''
  }

  test('a server that does not offer it is told nothing, least of all the password', async (t) => {
    const said = await end(t, async (peer) => {
      await peer.open(mechanisms('PLAIN', 'SCRAM-SHA-1'))
      await peer.closed()
      await assert.rejects(peer.receive(/<auth/), /it said $/)
    })
    assert.match(said, /no STARTTLS, or somebody in between/)
  })

  test('a refusal is told', async (t) => {
    const said = await end(t, async (peer) => {
      await peer.open(STARTTLS)
      await peer.receive(/<starttls/)
      peer.send("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    })
    assert.match(said, /refuses it/)
  })

  test('what stands behind the proceed in the clear is never read', async (t) => {
    const said = await end(t, async (peer) => {
      await peer.open(STARTTLS)
      await peer.receive(/<starttls[^>]*>/)
      peer.send(
        `<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>forged</text></stream:error>`,
      )
      await peer.secure(certificates)
      await peer.receive(/<stream:stream[^>]*from="bot@example\.test"/)
      peer.end()
    })
    assert.doesNotMatch(said, /forged/)
    assert.match(said, /while waiting for the server to open the stream under TLS/)
  })
})

describe('at the login', () => {
  const end = async (t: Parameters<typeof runXmpp>[0], script: (peer: Peer) => Promise<unknown>, password = 'pw') => {
    const server = await scriptedServer(t, async (peer) => {
      await script(peer)
    })
    const error = await runXmpp(t, xmppOptionsFor(server.port, { password }), new ManualClock()).ended
    await server.finished()
    assert.ok(error !== undefined)
    return error
  }

  test('a server that can not sign what it should know is left before anything else is said', async (t) => {
    const error = await end(t, async (peer) => {
      await peer.open(mechanisms('PLAIN', 'SCRAM-SHA-1', 'SCRAM-SHA-256'))
      const [, first = ''] = await peer.receive(/<auth[^>]*mechanism="SCRAM-SHA-256"[^>]*>([^<]*)</)
      const nonce = /r=(.*)$/.exec(Buffer.from(first, 'base64').toString())?.[1]
      peer.send(sasl('challenge', `r=${nonce}server,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`))
      await peer.receive(/<response[^>]*>[^<]+</)
      peer.send(`${sasl('success', `v=${'A'.repeat(43)}=`)}<stream:features>${BIND}</stream:features>`)
      await peer.closed()
      await assert.rejects(peer.receive(/<stream|<iq/), /the client left/)
    })
    assert.ok(error instanceof FatalError)
    assert.match(error.message, /impostor/)
  })

  test('a SCRAM challenge that is none ends the login', async (t) => {
    const error = await end(t, async (peer) => {
      await peer.open(mechanisms('SCRAM-SHA-1'))
      await peer.receive(/<auth/)
      peer.send(sasl('challenge', 'i=1,r=x'))
    })
    assert.match(error.message, /malformed/)
  })

  test('no mechanism in common names those of both sides', async (t) => {
    const error = await end(t, (peer) => peer.open(mechanisms('GSSAPI', 'EXTERNAL')))
    assert.ok(error instanceof FatalError)
    assert.match(error.message, /only GSSAPI, EXTERNAL .*SCRAM-SHA-256, SCRAM-SHA-1, PLAIN/)
  })

  test('a wrong password is final, and is not repeated in the error', async (t) => {
    const error = await end(
      t,
      async (peer) => {
        await peer.open(mechanisms('PLAIN'))
        const [, text = ''] = await peer.receive(/<auth[^>]*>([^<]*)</)
        assert.equal(Buffer.from(text, 'base64').toString('utf8'), '\0bot\0pässwörd-秘密')
        peer.send("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
      },
      'pässwörd-秘密',
    )
    assert.ok(error instanceof FatalError)
    assert.match(error.message, /xmpp_jid and xmpp_password/)
    assert.doesNotMatch(error.message, /秘密/)
  })

  test('trouble of the moment is not final', async (t) => {
    const error = await end(t, async (peer) => {
      await peer.open(mechanisms('PLAIN'))
      await peer.receive(/<auth/)
      peer.send("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/></failure>")
    })
    assert.equal(error instanceof FatalError, false)
    assert.match(error.message, /temporary-auth-failure/)
  })
})
