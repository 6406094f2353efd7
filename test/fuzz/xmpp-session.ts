// A session of the xmpp plugin after its login, whose server's bytes a fuzz target gives to its socket.
import { CleanUps } from '../support/clean-ups.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { scriptedServer } from '../support/scripted-xmpp-server.ts'
import { runXmpp, xmppOptionsFor } from '../support/xmpp-run.ts'
import { turns } from './client-sockets.ts'
import { openSession, type PluginSession } from './plugin-session.ts'

export interface XmppSession extends PluginSession {
  /** Whether a ping of the server is answered at once. */
  answersPing(): Promise<boolean>
  stop(): Promise<void>
}

const CONTACTS = ['u', 'v'].map((name) => `<item jid='${name}@example.test' subscription='both'/>`).join('')

/** Logged in and settled, with the contacts u and v of example.test. */
export async function startSession(): Promise<XmppSession> {
  const cleanUps = new CleanUps()
  const clock = new ManualClock()
  let answered = 0
  const server = await scriptedServer(cleanUps, async (peer) => {
    await peer.login()
    await peer.roster(CONTACTS)
    await peer.ping()
    peer.listen((text) => {
      if (/<iq(?=[^>]*id="sync")(?=[^>]*type="result")/.test(text)) answered += 1
    })
  })
  const start = () => runXmpp(cleanUps, xmppOptionsFor(server.port), clock)
  const { run, session } = await openSession(clock, start, (started) => started.said(/^connected/))
  while (!run.told.includes('settled')) {
    if (session.failure !== undefined) throw session.failure
    await turns(1)
    clock.advance(10)
  }
  await server.finished()
  return Object.assign(session, {
    async answersPing() {
      const before = answered
      session.receive(Buffer.from("<iq type='get' id='sync'><ping xmlns='urn:xmpp:ping'/></iq>"))
      // The answer needs a moment on its way; that there will be none is seen by the client's own ping, which has its turn later.
      for (let round = 0; round < 20 && answered === before && session.failure === undefined; round += 1) await turns(1)
      return answered > before
    },
    async stop() {
      await cleanUps.run()
      await run.stop()
    },
  })
}
