// What a server may do to a session that is under way, and what it may not do to the daemon.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FatalError } from '../../../../src/core/errors.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { type Peer, scriptedServer } from '../../../support/scripted-xmpp-server.ts'
import { runXmpp, xmppOptionsFor } from '../../../support/xmpp-run.ts'

describe('in a session', () => {
  const inSession = async (t: Parameters<typeof runXmpp>[0], script: (peer: Peer) => Promise<unknown>) => {
    const server = await scriptedServer(t, async (peer) => {
      await peer.login()
      await peer.roster("<item jid='u@example.test' subscription='both'/>")
      await peer.ping()
      await script(peer)
    })
    return { server, clock: new ManualClock(), options: xmppOptionsFor(server.port) }
  }

  test('a giant stanza ends it', async (t) => {
    const { clock, options } = await inSession(t, async (peer) => {
      peer.send(`<presence from='u@example.test/1'><status>${'x'.repeat(600_000)}`)
    })
    assert.match((await runXmpp(t, options, clock).ended)?.message ?? '', /too long/)
  })

  test('deep nesting is cut off, and it goes on', async (t) => {
    const { clock, options } = await inSession(t, async (peer) => {
      peer.send(`<message from='x@example.test'>${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}</message>`)
      peer.send(
        "<presence from='u@example.test/1'><show>dnd</show></presence><iq type='get' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>",
      )
      await peer.receive(/<iq[^>]*id="p1"[^>]*type="result"/)
    })
    const run = runXmpp(t, options, clock)
    await run.said(/^connected/)
    await drain(run, clock, /publish u@example.test busy/)
  })

  test('XML that can not be read ends it, whatever is wrong with it', async (t) => {
    for (const xml of [
      '<a></b>',
      '<presence>&bogus;</presence>',
      "<iq from='@'/>",
      '</stream:stream></x>',
      '<stream:error/>',
    ]) {
      const { clock, options } = await inSession(t, async (peer) => peer.send(xml))
      const error = await runXmpp(t, options, clock).ended
      assert.ok(error !== undefined && !(error instanceof FatalError), xml)
    }
  })

  test('stream errors say what they mean', async (t) => {
    const condition = (name: string, text = '', content = '') =>
      `<stream:error><${name} xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${content}</${name}><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${text}</text></stream:error></stream:stream>`
    for (const [xml, told, fatal] of [
      [condition('conflict', 'Replaced by new connection'), /xmpp_resource/, false],
      [condition('conflict', 'User removed'), /removed/, true],
      [condition('not-authorized', 'Account deleted'), /removed/, true],
      [condition('system-shutdown'), /shutting down/, false],
      [condition('see-other-host', '', 'other.test:5222'), /other\.test:5222; set xmpp_host/, false],
    ] as const) {
      const { clock, options } = await inSession(t, async (peer) => peer.send(xml))
      const error = await runXmpp(t, options, clock).ended
      assert.match(error?.message ?? '', told)
      assert.equal(error instanceof FatalError, fatal, xml)
    }
  })

  test('a roster push of somebody else is refused', async (t) => {
    const push = (id: string, from: string, jid: string) =>
      `<iq type='set' id='${id}'${from}><query xmlns='jabber:iq:roster'><item jid='${jid}' subscription='both'/></query></iq>`
    const { clock, options } = await inSession(t, async (peer) => {
      peer.send(push('s1', " from='evil@example.test/1'", 'forged@example.test'))
      await peer.receive(/<iq[^>]*id="s1"[^>]*type="error"/)
      peer.send(push('s2', '', 'a@example.test'))
      await peer.receive(/<iq[^>]*id="s2"[^>]*type="result"/)
      peer.send(push('s3', " from='Bot@example.test'", 'b@example.test'))
      await peer.receive(/<iq[^>]*id="s3"[^>]*type="result"/)
    })
    const run = runXmpp(t, options, clock)
    await run.said(/^connected/)
    await drain(run, clock, /publish b@example.test unavailable/)
    assert.ok(run.told.includes('publish a@example.test unavailable'))
    assert.equal(
      run.told.some((text) => text.includes('forged')),
      false,
    )
  })

  test('stopped, it says goodbye and ends even if nobody answers', async (t) => {
    const { server, clock, options } = await inSession(t, async (peer) => {
      await peer.receive(/<presence type="unavailable"\/><\/stream:stream>/)
    })
    const run = runXmpp(t, options, clock)
    await run.said(/^connected/)
    await drain(run, clock, /settled/)
    const stopped = run.stop()
    await server.finished()
    clock.advance(1_000)
    await stopped
    assert.equal(await run.ended, undefined)
  })
})

/** Moves the clock on until something was told. */
async function drain(run: ReturnType<typeof runXmpp>, clock: ManualClock, pattern: RegExp): Promise<void> {
  while (!run.told.some((text) => pattern.test(text))) {
    const ended = await Promise.race([run.ended, new Promise((resolve) => setImmediate(resolve, 'running'))])
    assert.equal(ended, 'running')
    clock.advance(10)
  }
}
