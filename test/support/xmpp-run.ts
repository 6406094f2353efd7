// One run of the xmpp source without a daemon: what its session is told, and how it ends.
import type { Clock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Session } from '../../src/core/plugin.ts'
import type { Network } from '../../src/plugins/xmpp/connect.ts'
import type { XmppOptions } from '../../src/plugins/xmpp/options.ts'
import { runSession } from '../../src/plugins/xmpp/run.ts'
import type { Undoing } from './clean-ups.ts'

export interface XmppRun {
  /** What the session was told, in order: `publish u@example.test busy here`. */
  readonly told: readonly string[]
  readonly detail: string
  /** Resolves once something matching was told, whenever that was; rejects when the run ends without it. */
  said(pattern: RegExp): Promise<void>
  /** Ends the run and resolves when it has ended. */
  stop(): Promise<void>
  /** The outcome of the run: undefined, or why it ended. */
  readonly ended: Promise<Error | undefined>
}

/** Options for the bot of `example.test` on a port here, in the clear unless told. */
export function xmppOptionsFor(port: number, more: Partial<XmppOptions> = {}): XmppOptions {
  return {
    ...{ jid: 'bot@example.test', password: 'pw', host: '127.0.0.1', port, tls: 'none', ca_file: undefined },
    ...{
      resource: 'kp',
      priority: -1,
      domains: [],
      ping_interval: 20,
      max_stanza: 512,
      max_roster: 64,
      max_depth: 64,
      accept_subscriptions: true,
      grace: 60,
    },
    ...{ user_id_strip_domain: false, ...more },
  }
}

/** Starts a run, which ends with the test. */
export function runXmpp(t: Undoing, options: XmppOptions, clock: Clock, network?: Network): XmppRun {
  const told: string[] = []
  let detail = ''
  let wake = () => {}
  const tell = (text: string) => {
    told.push(text)
    wake()
  }
  const session: Session = {
    connected: (text) => tell(`connected ${text}`),
    publish: (userId, { status, message }) => tell(`publish ${userId} ${status} ${message}`.trim()),
    withdraw: (userId) => tell(`withdraw ${userId}`),
    settled: () => tell('settled'),
    detail: (text) => {
      detail = text
    },
  }
  const abort = new AbortController()
  const context = { source: 'xmpp', log: silentLog, clock, mapUser: () => undefined, mappedIds: () => [] }
  const ended = runSession(options, context, session, abort.signal, network).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
  t.after(() => abort.abort())
  return {
    told,
    get detail() {
      return detail
    },
    async said(pattern) {
      while (!told.some((text) => pattern.test(text))) {
        const more = new Promise<'more'>((resolve) => {
          wake = () => resolve('more')
        })
        const next = await Promise.race([more, ended])
        if (next !== 'more') throw new Error(`the run ended without ${pattern}: ${next?.message}; ${told.join(', ')}`)
      }
    },
    async stop() {
      abort.abort()
      await ended
    },
    ended,
  }
}
