// The daemon itself is restarted, killed, killed again and again, or held: nobody flickers, and nobody is online for ever.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { XmppServer } from '../support/xmpp-server.ts'
import { Stage } from '../support/xmpp-stage.ts'
import { assertNoSecretLogged, SERVERS, says } from '../support/xmpp-suite.ts'

/** Seconds. */
const GRACE = 5

describe('restarts of the daemon', { concurrency: true }, () => {
  for (const { name, start } of SERVERS) {
    describe(`before ${name}`, { concurrency: true }, () => {
      let server: XmppServer
      before(async () => {
        server = await start({})
      })
      after(() => server?.stop())

      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        test(`after ${signal} and a start everybody is as before, and who left meanwhile is unavailable`, async (t) => {
          const stage = await Stage.set(t, server, signal.toLowerCase())
          const { daemon, proxy, stays } = stage
          await daemon.end(signal)
          await stage.leaver.close()
          // Held, so that the first answers come before anything is heard.
          proxy.blackHole(true)
          await daemon.start()
          const first = await daemon.document(stays)
          assert.deepEqual([first.status, first.message, first.pending], ['busy', 'here', ['xmpp']])
          assert.equal(first.sources.xmpp?.stale, true)
          await daemon.documentWhen(stage.leaves, ({ status }) => status === 'available')
          proxy.blackHole(false)
          await stage.assertRecovered()
          stage.assertNoFlicker()
          assert.deepEqual((await daemon.document(stays)).pending, [])
        })
      }

      test('killed again and again while the server is away, it keeps nobody online for ever', async (t) => {
        const stage = await Stage.set(t, server, 'loop', { xmpp_grace: GRACE })
        const { daemon, stays, observer } = stage
        stage.proxy.refuse(true)
        stage.proxy.cut()
        const killed = performance.now()
        let status = 'busy'
        for (let life = 1; life <= 12 && status === 'busy'; life += 1) {
          await daemon.end('SIGKILL')
          await daemon.start()
          status = (await daemon.document(stays)).status
        }
        const took = performance.now() - killed
        assert.equal(status, 'unavailable')
        assert.ok(took > GRACE * 1000 - 500, `a crash loop must not shorten the grace: ${took} ms`)
        await daemon.until(
          async () => observer.statuses(stays),
          (statuses) => statuses.at(-1) === 'unavailable',
        )
        await observer.stop()
        assert.deepEqual(observer.statuses(stays), ['busy', 'unavailable'])
        assertNoSecretLogged(daemon)
      })

      test('killed again and again while the server is there, it never shows anybody wrong', async (t) => {
        const stage = await Stage.set(t, server, 'again')
        const { daemon } = stage
        for (let life = 1; life <= 4; life += 1) {
          await daemon.end('SIGKILL')
          await daemon.start()
          if (life === 2) await daemon.sourceIs('settled')
        }
        await stage.leaver.close()
        await stage.assertRecovered()
        stage.assertNoFlicker()
      })

      test('held for longer than the grace (SIGSTOP) it comes back with right answers', async (t) => {
        const stage = await Stage.set(t, server, 'held', { xmpp_grace: 2 })
        const { daemon } = stage
        daemon.signal('SIGSTOP')
        await stage.leaver.close()
        await new Promise((resolve) => setTimeout(resolve, 4_000))
        daemon.signal('SIGCONT')
        await says(daemon, stage.leaves, 'unavailable')
        await says(daemon, stage.stays, 'busy', 'here')
        await daemon.sourceIs('settled')
        await stage.observer.stop()
        assert.deepEqual(stage.observer.statuses(stage.stays), ['busy'])
      })
    })
  }
})
