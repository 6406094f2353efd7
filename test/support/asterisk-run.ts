// One run of the asterisk source without a daemon: what its session is told, and how it ends.
import type { Clock } from '../../src/core/clock.ts'
import type { Log } from '../../src/core/log.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Session } from '../../src/core/plugin.ts'
import type { AsteriskOptions } from '../../src/plugins/asterisk/options.ts'
import { runSession } from '../../src/plugins/asterisk/run.ts'
import type { Undoing } from './clean-ups.ts'

export interface AsteriskRun {
  /** What the session was told, in order: `publish 110@example.test busy here`. */
  readonly told: readonly string[]
  /** What the session knows of each user now: `busy here`. */
  readonly known: ReadonlyMap<string, string>
  readonly detail: string
  /** Resolves once this holds; rejects when the run ends without it. */
  until(holds: () => boolean): Promise<void>
  /** Resolves once the session knows this of a user. */
  says(userId: string, what: string | undefined): Promise<void>
  settled(): Promise<void>
  /** Ends the run and resolves when it has ended. */
  stop(): Promise<void>
  /** The outcome of the run: undefined, or why it ended. */
  readonly ended: Promise<Error | undefined>
}

/** Options for a server on a port here. */
export function asteriskOptionsFor(port: number, more: Partial<AsteriskOptions> = {}): AsteriskOptions {
  return {
    ...{ host: '127.0.0.1', port, tls: false, ca_file: undefined, username: 'presence', password: 's3cret' },
    ...{
      context: 'ext-local',
      user_map: [],
      domain: 'example.test',
      max_line: 64,
      resync_interval: 300,
      grace: 60,
      ...more,
    },
  }
}

export interface RunSetup {
  /** The lines of user_map_file. */
  readonly userMap?: ReadonlyMap<string, string>
  readonly log?: Log
  readonly source?: string
}

/** Starts a run, which ends with the test. */
export function runAsterisk(t: Undoing, options: AsteriskOptions, clock: Clock, setup: RunSetup = {}): AsteriskRun {
  const told: string[] = []
  const known = new Map<string, string>()
  let detail = ''
  let wake: (() => void)[] = []
  const tell = (text: string) => {
    told.push(text)
    const waiting = wake
    wake = []
    for (const next of waiting) next()
  }
  const session: Session = {
    connected: (text) => {
      detail = text
      tell(`connected ${text}`)
    },
    publish: (userId, { status, message }) => {
      known.set(userId, `${status} ${message}`.trim())
      tell(`publish ${userId} ${status} ${message}`.trim())
    },
    withdraw: (userId) => {
      known.delete(userId)
      tell(`withdraw ${userId}`)
    },
    settled: () => tell('settled'),
    detail: (text) => {
      detail = text
      tell('detail')
    },
  }
  const abort = new AbortController()
  const { userMap = new Map<string, string>(), log = silentLog, source = 'asterisk' } = setup
  const mapUser = (id: string) => userMap.get(id)
  const context = { source, log, clock, mapUser, mappedIds: () => [...userMap.keys()] }
  const ended = runSession(options, context, session, abort.signal).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
  t.after(() => abort.abort())
  const until = async (holds: () => boolean) => {
    while (!holds()) {
      const more = new Promise<'more'>((resolve) => wake.push(() => resolve('more')))
      const next = await Promise.race([more, ended])
      if (next !== 'more') throw new Error(`the run ended: ${next?.message}; ${told.join(', ')}`)
    }
  }
  return {
    told,
    known,
    get detail() {
      return detail
    },
    until,
    says: (userId, what) => until(() => known.get(userId) === what),
    settled: () => until(() => told.includes('settled')),
    async stop() {
      abort.abort()
      await ended
    },
    ended,
  }
}
