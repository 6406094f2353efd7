// A server that stops talking, at whichever step: the attempt ends in time, says what it was waiting for, and leaves nothing open.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { STEP } from '../../../../src/net/deadline.ts'
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

interface Stall {
  readonly at: string
  readonly tls?: 'starttls' | 'direct'
  /** Ends where the server stops talking. */
  readonly script: (peer: Peer) => Promise<unknown>
  readonly waitsFor: RegExp
}

describe('a server that stops talking is given up at', () => {
  const stalls: Stall[] = [
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
  for (const stall of stalls) {
    test(`${stall.at}, after a stated time`, async (t) => {
      const { run, clock, port, closed } = await stalled(t, stall)
      clock.advance(STEP - 1)
      const soon = new Promise((resolve) => setImmediate(resolve, 'running'))
      assert.equal(await Promise.race([run.ended, soon]), 'running')
      clock.advance(60_000)
      const error = await run.ended
      assert.match(error?.message ?? '', stall.waitsFor)
      assert.match(error?.message ?? '', new RegExp(`^127\\.0\\.0\\.1:${port}: `))
      await closed()
    })

    test(`${stall.at}, when the run is stopped`, async (t) => {
      const { run, clock, closed } = await stalled(t, stall)
      const stopped = run.stop()
      clock.advance(1_000)
      await stopped
      assert.equal(await run.ended, undefined)
      await closed()
    })
  }
})

/** A run whose server has come to the point where it stops talking. */
async function stalled(t: TestContext, { script, tls }: Stall) {
  const clock = new ManualClock()
  let closed = () => Promise.resolve()
  const server = await scriptedServer(t, async (peer) => {
    await script(peer)
    closed = () => peer.closed()
  })
  const options = xmppOptionsFor(server.port, { tls: tls ?? 'none', ca_file: certificates.caFile })
  const run = runXmpp(t, options, clock)
  await server.finished()
  return { run, clock, port: server.port, closed }
}

/** STARTTLS as it should be. */
async function startTls(peer: Peer): Promise<void> {
  await peer.open(STARTTLS)
  await peer.receive(/<starttls[^>]*>/)
  peer.send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
  await peer.secure(certificates)
}
