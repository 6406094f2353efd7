// The server dies, stops or hangs: nobody flickers, nobody stays online for ever, and all is right again soon.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Stage } from '../support/xmpp-stage.ts'
import { announcedDelays, assertGrowing, assertNoSecretLogged, SERVERS } from '../support/xmpp-suite.ts'

/** Seconds. */
const GRACE = 5

for (const kind of SERVERS) {
  describe(`faults of ${kind.name}`, { concurrency: true }, () => {
    for (const how of ['kill', 'shutdown'] as const) {
      test(`after a ${how} and a start the answers are right again, and who came back never flickered`, async (t) => {
        const stage = await Stage.set(t, kind)
        // The daemon finds the server again only when its users have come back, as they do at once.
        stage.proxy.refuse(true)
        await stage.server[how]()
        await stage.assertNoticed()
        await stage.server.start()
        await Stage.comeBack(stage.server)
        stage.proxy.refuse(false)
        await stage.assertRecovered()
        await stage.daemon.waitForLog(/\[notice\] xmpp: connected again/)
      })
    }

    test('a server that never comes back: stale within the grace, then nobody is online', async (t) => {
      const stage = await Stage.set(t, kind, { xmpp_grace: GRACE })
      const { server, daemon, observer, stays } = stage
      await server.kill()
      const killed = performance.now()
      await stage.assertNoticed()
      await daemon.documentWhen(stays, ({ status }) => status === 'unavailable', GRACE * 1000 + 2_000)
      const took = performance.now() - killed
      assert.ok(took > GRACE * 1000 - 500, `the grace was over too soon: ${took} ms`)
      await daemon.until(
        async () => announcedDelays(daemon.logLines),
        (delays) => delays.length >= 4,
      )
      assertGrowing(announcedDelays(daemon.logLines))
      assert.deepEqual(observer.statuses(stays), ['busy', 'unavailable'])
      assertNoSecretLogged(daemon)
    })

    test('a server that hangs (SIGSTOP) is noticed, and when it goes on nobody has flickered', async (t) => {
      const stage = await Stage.set(t, kind)
      stage.server.pause()
      await stage.assertNoticed()
      stage.leaver.kill()
      stage.server.resume()
      await stage.assertRecovered()
    })
  })
}
