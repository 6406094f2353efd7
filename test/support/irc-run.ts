// One run of the irc source without a daemon: what its session is told, and how it ends.
import { type Clock, systemClock } from '../../src/core/clock.ts'
import type { Session } from '../../src/core/plugin.ts'
import type { IrcOptions } from '../../src/plugins/irc/options.ts'
import { runSession } from '../../src/plugins/irc/run.ts'
import type { Undoing } from './clean-ups.ts'
import { type RecordedLog, recordedLog } from './recorded-log.ts'

export interface IrcRun {
  /** What the session was told, in order: `publish anna@example.test away tea`. */
  readonly told: readonly string[]
  readonly detail: string
  readonly log: RecordedLog
  /** What was said last of a user: `away tea`, `withdrawn`, or nothing. */
  last(user: string): string | undefined
  /** Resolves once something matching was told from `after` on; rejects when the run ends without it. */
  said(pattern: RegExp, after?: number): Promise<void>
  /** Ends the run and resolves when it has ended. */
  stop(): Promise<void>
  /** The outcome of the run: undefined, or why it ended. */
  readonly ended: Promise<Error | undefined>
}

/** Options for a server here, in the clear unless told. */
export function ircOptionsFor(port: number, more: Partial<IrcOptions> = {}): IrcOptions {
  return {
    ...{ server: '127.0.0.1', port, tls: false, tls_verify: true, ca_file: undefined, nick: 'presence' },
    ...{ server_password: undefined, sasl_username: undefined, sasl_password: undefined, channels: [], user_map: [] },
    ...{
      identify_by: 'nick',
      domain: undefined,
      max_line: 16,
      poll_interval: 5,
      grace: 60,
      busy_words: ['busy', 'dnd'],
    },
    ...more,
  }
}

/** How long something may take until it is told, in milliseconds. */
const PATIENCE = 90_000

/** Starts a run, which ends with the test. */
export function runIrc(t: Undoing, options: IrcOptions, clock: Clock = systemClock()): IrcRun {
  const told: string[] = []
  const log = recordedLog()
  let detail = ''
  const wakers = new Set<() => void>()
  const tell = (text: string) => {
    told.push(text.trim())
    for (const wake of wakers) wake()
    wakers.clear()
  }
  const session: Session = {
    connected: (text) => tell(`connected ${text}`),
    publish: (userId, { status, message }) => tell(`publish ${userId} ${status} ${message}`),
    withdraw: (userId) => tell(`withdraw ${userId}`),
    settled: () => tell('settled'),
    detail: (text) => {
      detail = text
    },
  }
  const abort = new AbortController()
  const context = { source: 'irc', log, clock, mapUser: () => undefined, mappedIds: () => [] }
  const ended = runSession(options, context, session, abort.signal).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
  // The clock of the daemon keeps no process alive.
  const alive = setInterval(() => {}, 1_000)
  t.after(async () => {
    abort.abort()
    await ended
    clearInterval(alive)
  })
  return {
    told,
    log,
    get detail() {
      return detail
    },
    last(user) {
      const words = told.findLast((text) => text === `withdraw ${user}` || text.startsWith(`publish ${user} `))
      return words?.replace(`publish ${user} `, '').replace(`withdraw ${user}`, 'withdrawn')
    },
    async said(pattern, after = 0) {
      const end = performance.now() + PATIENCE
      while (!told.slice(after).some((text) => pattern.test(text))) {
        let timer: NodeJS.Timeout | undefined
        const more = new Promise<'more'>((resolve) => {
          wakers.add(() => resolve('more'))
          timer = setTimeout(() => resolve('more'), Math.max(0, end - performance.now()))
        })
        const next = await Promise.race([more, ended])
        clearTimeout(timer)
        if (next !== 'more') throw new Error(`the run ended without ${pattern}: ${next?.message}; ${told.join(', ')}`)
        if (performance.now() >= end) throw new Error(`not in time: ${pattern}; ${detail}; ${told.join(', ')}`)
      }
    },
    async stop() {
      abort.abort()
      await ended
    },
    ended,
  }
}
