// The server dies, stops or hangs: nobody flickers, nobody stays online for ever, and all is right again soon.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { XmppServer } from '../support/xmpp-server.ts'
import { Stage } from '../support/xmpp-stage.ts'
import { announcedDelays, assertGrowing, assertNoSecretLogged, SERVERS } from '../support/xmpp-suite.ts'

/** Seconds. */
const GRACE = 5

describe('faults of the server', { concurrency: true }, () => {
  for (const { name, start } of SERVERS) {
    // One after the other: each does the server harm.
    describe(name, { concurrency: false }, () => {
      let server: XmppServer
      before(async () => {
        server = await start({})
      })
      after(() => server?.stop())

      /** The daemon finds the server again only when its users have come back, as they do at once. */
      async function endAndStart(stage: Stage, how: 'kill' | 'shutdown'): Promise<void> {
        stage.proxy.refuse(true)
        await server[how]()
        await stage.assertNoticed()
        await server.start()
        const stayer = await stage.comeBack()
        stage.proxy.refuse(false)
        await stage.assertRecovered()
        await stage.daemon.waitForLog(/\[notice\] xmpp: connected again/)
        stayer.kill()
      }

      test('after a kill and a start the answers are right again, and who came back never flickered', async (t) => {
        const stage = await Stage.set(t, server, 'kill')
        await endAndStart(stage, 'kill')
        stage.assertNoFlicker()
      })

      test('after a shutdown and a start the answers are right again', async (t) => {
        const stage = await Stage.set(t, server, 'shutdown')
        await endAndStart(stage, 'shutdown')
        // A server on its way down may well say of each user that they leave, and then that is so.
        assert.deepEqual(new Set(stage.observer.statuses(stage.leaves)), new Set(['available', 'unavailable']))
      })

      test('a server that hangs (SIGSTOP) is noticed, and when it goes on nobody has flickered', async (t) => {
        const stage = await Stage.set(t, server, 'hang')
        t.after(() => server.resume())
        server.pause()
        await stage.assertNoticed()
        stage.leaver.kill()
        server.resume()
        await stage.assertRecovered()
        stage.assertNoFlicker()
      })

      test('a server that never comes back: stale within the grace, then nobody is online', async (t) => {
        const stage = await Stage.set(t, server, 'end', { xmpp_grace: GRACE })
        const { daemon, observer, stays } = stage
        await server.kill()
        const killed = performance.now()
        await stage.assertNoticed()
        await daemon.documentWhen(stays, ({ status }) => status === 'unavailable', GRACE * 1000 + 2_000)
        const took = performance.now() - killed
        assert.ok(took > GRACE * 1000 - 500, `the grace was over too soon: ${took} ms`)
        await daemon.until(
          async () => announcedDelays(daemon.logLines),
          (delays) => delays.length >= 3,
        )
        assertGrowing(announcedDelays(daemon.logLines))
        await observer.stop()
        assert.deepEqual(observer.statuses(stays), ['busy', 'unavailable'])
        assertNoSecretLogged(daemon)
      })
    })
  }
})
