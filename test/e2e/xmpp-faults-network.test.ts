// The network between daemon and server fails: cut, refused, slow, or swallowing everything without a word.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { XmppServer } from '../support/xmpp-server.ts'
import { Stage } from '../support/xmpp-stage.ts'
import { announcedDelays, assertGrowing, SERVERS, says } from '../support/xmpp-suite.ts'

/** Seconds. */
const GRACE = 5

describe('faults of the network', { concurrency: true }, () => {
  for (const { name, start } of SERVERS) {
    describe(`before ${name}`, { concurrency: true }, () => {
      let server: XmppServer
      before(async () => {
        server = await start({})
      })
      after(() => server?.stop())

      test('a cut connection is made again, and nobody flickers', async (t) => {
        const stage = await Stage.set(t, server, 'cut')
        stage.proxy.cut()
        await stage.leaver.close()
        await stage.assertNoticed()
        await stage.assertRecovered()
        stage.assertNoFlicker()
      })

      test('while nobody answers at the port the delays grow, and then all is right again', async (t) => {
        const stage = await Stage.set(t, server, 'refuse')
        stage.proxy.refuse(true)
        stage.proxy.cut()
        await stage.leaver.close()
        await stage.assertNoticed()
        await stage.daemon.until(
          async () => announcedDelays(stage.daemon.logLines),
          (delays) => delays.length >= 3,
        )
        assertGrowing(announcedDelays(stage.daemon.logLines))
        stage.proxy.refuse(false)
        await stage.assertRecovered()
        stage.assertNoFlicker()
        stage.proxy.cut()
        await stage.daemon.waitForLog(/connected again/)
        await stage.daemon.until(
          async () => announcedDelays(stage.daemon.logLines).at(-1) ?? 0,
          (delay) => delay <= 1.6,
        )
      })

      test('a connection that falls silent is noticed, and the grace covers the way back', async (t) => {
        const stage = await Stage.set(t, server, 'silent')
        stage.proxy.blackHole(true)
        await stage.assertNoticed()
        await stage.leaver.close()
        stage.proxy.blackHole(false)
        await stage.assertRecovered()
        stage.assertNoFlicker()
      })

      test('a new connection into silence is given up too: nobody is online after the grace, and all is right when it heals', async (t) => {
        const stage = await Stage.set(t, server, 'unanswered', { xmpp_grace: GRACE })
        const { daemon, proxy, stays } = stage
        proxy.blackHole(true)
        proxy.cut()
        await stage.assertNoticed()
        await daemon.documentWhen(stays, ({ status }) => status === 'unavailable', GRACE * 1000 + 3_000)
        await daemon.until(
          async () => announcedDelays(daemon.logLines),
          (delays) => delays.length >= 2,
          20_000,
        )
        assertGrowing(announcedDelays(daemon.logLines))
        await stage.leaver.close()
        proxy.blackHole(false)
        await daemon.sourceIs('settled', 'xmpp', 20_000)
        await says(daemon, stays, 'busy', 'here')
        await says(daemon, stage.leaves, 'unavailable')
        await stage.observer.stop()
        assert.deepEqual(stage.observer.statuses(stays), ['busy', 'unavailable', 'busy'])
      })

      for (const { label, phase, mark } of [
        { label: 'in-login', phase: 'before the login', mark: 'mechanisms' },
        { label: 'in-bind', phase: 'after the login', mark: '<success' },
        { label: 'in-roster', phase: 'within the roster', mark: 'jabber:iq:roster' },
        { label: 'in-presence', phase: 'within the presences', mark: '<presence' },
      ]) {
        test(`a connection that falls silent ${phase} is given up, and nobody flickers`, async (t) => {
          const stage = await Stage.set(t, server, label, { xmpp_tls: 'none' })
          const { proxy } = stage
          let swallowed = 0
          proxy.rewrite((chunk) => {
            if (swallowed > 0 || !chunk.includes(mark)) return chunk
            swallowed += 1
            proxy.blackHole(true)
            return chunk
          })
          proxy.cut()
          await stage.leaver.close()
          await stage.assertNoticed()
          await stage.daemon.until(
            async () => announcedDelays(stage.daemon.logLines),
            (delays) => delays.length >= 2,
            20_000,
          )
          assert.equal(swallowed, 1)
          proxy.blackHole(false)
          await stage.assertRecovered()
          stage.assertNoFlicker()
        })
      }
    })
  }
})
