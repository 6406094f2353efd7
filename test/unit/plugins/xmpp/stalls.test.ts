// A server that stops talking, at whichever step: the attempt ends in time, says what it was waiting for, and leaves nothing open.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { STEP } from '../../../../src/plugins/xmpp/deadline.ts'
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

describe('a server that stops talking is given up at', () => {
  const stalls: {
    at: string
    tls?: 'starttls' | 'direct'
    script: (peer: Peer) => Promise<unknown>
    waitsFor: RegExp
  }[] = [
    {
      at: 'the TLS handshake',
      tls: 'direct',
      script: (peer) => peer.receive(/./s),
      waitsFor: /TLS handshake/,
    },
    {
      at: 'the opening of the stream',
      script: (peer) => peer.receive(/<stream:stream/),
      waitsFor: /open the stream/,
    },
    {
      at: 'the answer to STARTTLS',
      tls: 'starttls',
      script: async (peer) => {
        await peer.open(STARTTLS)
        await peer.receive(/<starttls/)
      },
      waitsFor: /STARTTLS/,
    },
    {
      at: 'the TLS handshake after STARTTLS',
      tls: 'starttls',
      script: async (peer) => {
        await peer.open(STARTTLS)
        await peer.receive(/<starttls[^>]*>/)
        peer.send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        await peer.receive(/./s)
      },
      waitsFor: /TLS handshake/,
    },
    {
      at: 'the stream under TLS',
      tls: 'starttls',
      script: async (peer) => {
        await startTls(peer)
        await peer.receive(/<stream:stream/)
      },
      waitsFor: /open the stream under TLS/,
    },
    {
      at: 'the login',
      script: async (peer) => {
        await peer.open(mechanisms('PLAIN'))
        await peer.receive(/<auth/)
      },
      waitsFor: /the login/,
    },
    {
      at: 'the stream after the login',
      script: async (peer) => {
        await peer.open(mechanisms('PLAIN'))
        await peer.receive(/<\/auth>/)
        peer.send(sasl('success'))
        await peer.receive(/<stream:stream/)
      },
      waitsFor: /open the stream again/,
    },
    {
      at: 'the resource',
      script: async (peer) => {
        await peer.open(mechanisms('PLAIN'))
        await peer.receive(/<\/auth>/)
        peer.send(sasl('success'))
        await peer.open(BIND)
        await peer.receive(/xmpp-bind/)
      },
      waitsFor: /the resource/,
    },
    {
      at: 'the roster',
      script: async (peer) => {
        await peer.login()
        await peer.receive(/jabber:iq:roster/)
      },
      waitsFor: /the roster|a ping got no answer/,
    },
    {
      at: 'the ping',
      script: async (peer) => {
        await peer.login()
        await peer.roster('')
        await peer.receive(/urn:xmpp:ping/)
      },
      waitsFor: /a ping got no answer/,
    },
  ]
  for (const { at, tls, script, waitsFor } of stalls) {
    test(at, async (t) => {
      const clock = new ManualClock()
      let closed: Promise<void> = Promise.resolve()
      const server = await scriptedServer(t, async (peer) => {
        await script(peer)
        closed = peer.closed()
      })
      const run = runXmpp(t, xmppOptionsFor(server.port, { tls: tls ?? 'none', ca_file: certificates.caFile }), clock)
      await server.finished()
      clock.advance(STEP - 1)
      assert.equal(
        await Promise.race([run.ended, new Promise((resolve) => setImmediate(resolve, 'running'))]),
        'running',
      )
      clock.advance(60_000)
      const error = await run.ended
      assert.match(error?.message ?? '', waitsFor)
      assert.match(error?.message ?? '', new RegExp(`^127\\.0\\.0\\.1:${server.port}: `))
      await closed
    })
  }
})

/** STARTTLS as it should be. */
async function startTls(peer: Peer): Promise<void> {
  await peer.open(STARTTLS)
  await peer.receive(/<starttls[^>]*>/)
  peer.send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
  await peer.secure(certificates)
}
