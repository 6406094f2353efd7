// A whole session against a scripted server: whom it learns, how it answers people, and that it leaves nothing behind.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { systemClock } from '../../../../src/core/clock.ts'
import type { XmppOptions } from '../../../../src/plugins/xmpp/options.ts'
import { type Peer, scriptedServer } from '../../../support/scripted-xmpp-server.ts'
import { runXmpp, type XmppRun, xmppOptionsFor } from '../../../support/xmpp-run.ts'

const ROSTER = ['u', 'silent', 'v'].map((name) => `<item jid='${name}@example.test' subscription='both'/>`).join('')

/** A session with three contacts; the script goes on where everybody's presence comes. */
async function session(t: TestContext, script: (peer: Peer) => Promise<unknown>, more: Partial<XmppOptions> = {}) {
  const server = await scriptedServer(t, async (peer) => {
    await peer.login()
    await peer.roster(`${ROSTER}<item jid='pending@example.test' subscription='none' ask='subscribe'/>`)
    await peer.receive(/<presence>/)
    await script(peer)
  })
  const run: XmppRun = runXmpp(t, xmppOptionsFor(server.port, more), systemClock())
  return { server, run }
}

test('it says whom it is connected to, publishes whom it hears of, then the silent ones, and then it is settled', async (t) => {
  const { run } = await session(t, async (peer) => {
    peer.send("<presence from='u@example.test/1'><show>away</show></presence>")
    peer.send("<presence from='pending@example.test/1'/><presence from='v@example.test' type='unavailable'/>")
    await peer.ping()
  })
  await run.said(/^settled/)
  await run.stop()
  assert.match(run.told[0] ?? '', /^connected bot@example\.test at 127\.0\.0\.1:\d+, no encryption$/)
  assert.deepEqual([...run.told.slice(1, -1)].sort(), [
    'publish silent@example.test unavailable',
    'publish u@example.test away',
    'publish v@example.test unavailable',
  ])
  assert.equal(run.told.at(-1), 'settled')
  assert.match(run.detail, /, 3 contacts, 1 more that can't be seen/)
})

test('two devices of a user that come one after the other make no step in between', async (t) => {
  const { run } = await session(t, async (peer) => {
    peer.send("<presence from='u@example.test/1'><show>away</show></presence>")
    peer.send("<presence from='u@example.test/2'><priority>1</priority></presence>")
    await peer.ping()
  })
  await run.said(/^settled/)
  assert.deepEqual(
    run.told.filter((text) => text.includes('u@example.test')),
    ['publish u@example.test available'],
  )
})

test('a push that overtakes the roster is newer than it', async (t) => {
  const server = await scriptedServer(t, async (peer) => {
    await peer.login()
    const [, id] = await peer.receive(/<iq(?=[^>]*id="([^"]+)").*?jabber:iq:roster.*?<\/iq>/)
    peer.send(
      `<iq type='set' id='push'><query xmlns='jabber:iq:roster'><item jid='v@example.test' subscription='remove'/></query></iq><iq type='result' id='${id}'><query xmlns='jabber:iq:roster'>${ROSTER}</query></iq>`,
    )
    await peer.ping()
  })
  const run = runXmpp(t, xmppOptionsFor(server.port), systemClock())
  await run.said(/^settled/)
  assert.equal(
    run.told.some((text) => text.includes('publish v@')),
    false,
  )
})

describe('contact requests', () => {
  const ask = (from: string) => `<presence from='${from}' type='subscribe'/>`
  const mark = "<iq type='get' id='mark'><ping xmlns='urn:xmpp:ping'/></iq>"
  /** What the client sends until it answers the mark. */
  const answers = async (t: TestContext, froms: readonly string[], more: Partial<XmppOptions> = {}) => {
    let sent = ''
    const { server } = await session(
      t,
      async (peer) => {
        await peer.ping()
        peer.send(`${froms.map(ask).join('')}${mark}`)
        sent = (await peer.receive(/^.*?(?=<iq[^>]*id="mark")/s))[0]
      },
      more,
    )
    await server.finished()
    return [...sent.matchAll(/<presence type="(\w+)" to="([^"]+)"\/>/g)].map(([, type, to]) => `${type} ${to}`)
  }

  test('from these domains are accepted and returned', async (t) => {
    assert.deepEqual(await answers(t, ['new@example.test']), [
      'subscribed new@example.test',
      'subscribe new@example.test',
    ])
  })

  test('from a contact who can be seen already are only accepted', async (t) => {
    assert.deepEqual(await answers(t, ['u@example.test']), ['subscribed u@example.test'])
  })

  test('from others, and from the account itself, stay unanswered', async (t) => {
    assert.deepEqual(await answers(t, ['x@foreign.test', 'bot@example.test', 'example.test']), [])
  })

  test('stay unanswered where the option says so', async (t) => {
    assert.deepEqual(await answers(t, ['new@example.test'], { accept_subscriptions: false }), [])
  })
})

test('the next target is tried when one does not let it in, and all are named when none does', async (t) => {
  const broken = await scriptedServer(t, async (peer) => peer.end())
  const good = await scriptedServer(t, (peer) => peer.login())
  const options = xmppOptionsFor(0, { host: undefined, port: undefined })
  const target = (port: number, priority: number) => ({ name: '127.0.0.1', port, priority, weight: 0 })
  const network = { resolveSrv: async () => [target(broken.port, 1), target(good.port, 2)] }
  const run = runXmpp(t, options, systemClock(), network)
  await run.said(new RegExp(`^connected bot@example\\.test at 127\\.0\\.0\\.1:${good.port}`))
  await run.stop()

  const failing = { resolveSrv: async () => [target(broken.port, 1), target(broken.port, 2)] }
  const error = await runXmpp(t, options, systemClock(), failing).ended
  assert.match(error?.message ?? '', new RegExp(`127\\.0\\.0\\.1:${broken.port}: .*; 127\\.0\\.0\\.1:${broken.port}: `))
})

test('after its end no timer and no socket of its is left', async (t) => {
  const left = () => process.getActiveResourcesInfo().filter((kind) => /TCPSOCKET|TLS|Timeout/i.test(kind)).length
  const before = left()
  for (const script of [
    async (peer: Peer) => peer.destroy(),
    async (peer: Peer) => {
      peer.send('</stream:stream>')
      await peer.closed()
    },
    async (peer: Peer) => {
      peer.send('<a></b>')
      await peer.closed()
    },
  ]) {
    const { run, server } = await session(t, script)
    await run.ended
    await server.finished().catch(() => {})
  }
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(left() <= before, process.getActiveResourcesInfo().join())
})
