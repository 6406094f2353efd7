// A session of the irc plugin after its login, whose server's bytes a fuzz target gives to its socket.
import { CleanUps } from '../support/clean-ups.ts'
import { ircOptionsFor, runIrc } from '../support/irc-run.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { scriptedIrcServer, WELCOME } from '../support/scripted-irc-server.ts'
import { turns } from './client-sockets.ts'
import { openSession, type PluginSession } from './plugin-session.ts'

export interface IrcSession extends PluginSession {
  /** Ends whatever line has begun, and tells whether the ping behind it is answered before the session ends. */
  answersPing(): Promise<boolean>
  stop(): Promise<void>
}

/** What is asked, and answered shortly. */
const ANSWERS: Parameters<typeof scriptedIrcServer>[1] = {
  USER: WELCOME,
  JOIN: [':presence!p@h JOIN #a', ':s 353 presence = #a :presence @anna', ':s 366 presence #a :End'],
  USERHOST: [':s 302 presence :anna=+u@h bob=-u@h'],
  WHO: [':s 352 presence #a u h s anna H :0 x', ':s 315 presence #a :End'],
  WHOIS: (line) => [`:s 318 presence ${line.split(' ')[1] ?? 'x'} :End`],
  LINKS: [':s 364 presence s s :0 x', ':s 365 presence * :End'],
}

/** Far more turns of the loop than an answer needs on its way. */
const ROUNDS = 3_000

/** Logged in, with the nicks anna and bob and the channel #a. */
export async function startSession(): Promise<IrcSession> {
  const cleanUps = new CleanUps()
  const clock = new ManualClock()
  const server = await scriptedIrcServer(cleanUps, ANSWERS)
  let pings = 0
  const user_map = ['anna=anna@example.test', 'bob=bob@example.test']
  const start = () => runIrc(cleanUps, ircOptionsFor(server.port, { user_map, channels: ['#a'] }), clock)
  const { run, session } = await openSession(clock, start, (started) => started.said(/^connected/))
  return Object.assign(session, {
    async answersPing() {
      pings += 1
      const from = server.lines.length
      session.receive(Buffer.from(`\r\nPING :sync${pings}\r\n`))
      for (let round = 0; round < ROUNDS && session.failure === undefined; round += 1) {
        if (server.lines.slice(from).includes(`PONG :sync${pings}`)) return true
        await turns(1)
      }
      if (session.failure === undefined)
        throw new Error('it hangs: a ping is not answered, and the session does not end')
      return false
    },
    async stop() {
      const stopped = run.stop()
      // The server says no goodbye, which is not waited for long.
      clock.advance(1_000)
      await stopped
      await cleanUps.run()
    },
  })
}
