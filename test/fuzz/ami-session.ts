// A session of the asterisk plugin after its login, whose server's bytes a fuzz target gives to its socket.
import { asteriskOptionsFor, runAsterisk } from '../support/asterisk-run.ts'
import { CleanUps } from '../support/clean-ups.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { ScriptedAsterisk } from '../support/scripted-asterisk.ts'
import { openSession, type PluginSession } from './plugin-session.ts'

export interface AmiSession extends PluginSession {
  stop(): Promise<void>
}

/** With the extensions 110 and 111. One for all sessions, since there are fewer ports than sessions. */
export async function startServer(cleanUps: CleanUps): Promise<ScriptedAsterisk> {
  const server = await ScriptedAsterisk.start(cleanUps, {})
  for (const exten of ['110', '111']) {
    server.hints.set(exten, { context: 'ext-local', hint: `PJSIP/${exten},CustomPresence:${exten}` })
    server.devices.set(`PJSIP/${exten}`, 'NOT_INUSE')
  }
  return server
}

/** Logged in and settled. */
export async function startSession(server: ScriptedAsterisk): Promise<AmiSession> {
  const cleanUps = new CleanUps()
  const clock = new ManualClock()
  server.actions.length = 0
  const start = () => runAsterisk(cleanUps, asteriskOptionsFor(server.port), clock)
  const { run, session } = await openSession(clock, start, (started) => started.settled())
  return Object.assign(session, {
    async stop() {
      const stopped = run.stop()
      // A goodbye is not waited for long.
      clock.advance(1_000)
      await stopped
      await cleanUps.run()
    },
  })
}
