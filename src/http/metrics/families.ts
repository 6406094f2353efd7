// Every metric: its name, its meaning, and where its values come from. docs/monitoring.md tells the same at more length.
import type { Distribution } from '../../core/distribution.ts'
import type { SourceState } from '../../core/sources.ts'
import type { Facts } from './facts.ts'

type Labels = Readonly<Record<string, string>>

interface Common {
  /** Without the prefix. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

export type Family = Common &
  (
    | { readonly type: 'counter' | 'gauge'; values(facts: Facts): Iterable<readonly [Labels, number]> }
    | { readonly type: 'histogram'; values(facts: Facts): Iterable<readonly [Labels, Distribution]> }
  )

/** What begins the names of all but those that every program has. */
export const PREFIX = 'kopano_presence_'

/** Of a collector; a source that clients publish to is only ever ready. */
const STATES: readonly SourceState[] = ['connecting', 'settling', 'settled', 'lost', 'standby', 'ready']

const HTTP: readonly Family[] = [
  {
    ...{ name: 'http_requests_total', type: 'counter', labels: ['route', 'method', 'code'] },
    help: 'Requests that were answered.',
    *values({ requests }) {
      for (const { route, method, codes } of requests) {
        for (const [code, count] of codes) yield [{ route, method, code: String(code) }, count]
      }
    },
  },
  {
    ...{ name: 'http_request_duration_seconds', type: 'histogram', labels: ['route', 'method'] },
    help: 'How long requests took, until the answer was handed to the system; without those for streams.',
    *values({ requests }) {
      for (const { route, method, durations } of requests) {
        if (durations.count > 0) yield [{ route, method }, durations]
      }
    },
  },
  single('http_connections', 'gauge', 'Connections that are open.', ({ connections }) => connections.count),
  single('http_connections_max', 'gauge', 'How many may be open at once.', ({ connections }) => connections.most),
  single('watch_streams', 'gauge', 'Streams of changes that are open.', ({ streams }) => streams.count),
  single('watch_streams_max', 'gauge', 'How many streams may be open at once.', ({ streams }) => streams.most),
  {
    ...{ name: 'watch_delay_seconds', type: 'histogram' },
    help: 'How long the oldest of the changes that waited for a stream did so, until the stream had taken them all.',
    values: ({ streams }) => [[{}, streams.delays]],
  },
]

const SOURCES: readonly Family[] = [
  ofSources('source_users', 'gauge', 'Users of whom a source says something.', ({ users }) => users),
  {
    ...{ name: 'source_state', type: 'gauge', labels: ['source', 'state'] },
    help: 'Whether a source is in this state: 1 for the one that it is in, 0 for the others.',
    *values({ sources }) {
      for (const { name, state: current } of sources) {
        for (const state of STATES) yield [{ source: name, state }, state === current ? 1 : 0]
      }
    },
  },
  {
    ...{ name: 'source_sessions_total', type: 'counter', labels: ['source'] },
    help: 'Logins of a collector: each but the first is a reconnect.',
    *values({ sources }) {
      for (const { name, kind, sessions } of sources) if (kind === 'collector') yield [{ source: name }, sessions]
    },
  },
  counted('publications_total', 'What sources and their clients said of users, as it was saved.', 'publications'),
  counted('withdrawals_total', 'How often a source had nothing to say of a user any more.', 'withdrawals'),
  counted('expiries_total', 'Deadlines that passed, and users whose collector was lost for too long.', 'expiries'),
]

const STORE: readonly Family[] = [
  single('store_connected', 'gauge', 'Whether the store can be reached.', ({ store }) => Number(store.connected)),
  single('store_saving', 'gauge', 'Whether what was last to be saved could be.', ({ tally }) => Number(!tally.failing)),
  {
    ...{ name: 'store_save_duration_seconds', type: 'histogram' },
    help: 'How long the store took to save a group of changes.',
    values: ({ tally }) => [[{}, tally.saves]],
  },
  single('store_save_failures_total', 'counter', 'Groups of changes that could not be saved.', (facts) => {
    return facts.tally.failures
  }),
]

const PROCESS: readonly Family[] = [
  {
    ...{ name: 'event_loop_delay_seconds', type: 'gauge', labels: ['stat'] },
    help: 'How late the event loop was since the scrape before: the median, the 99th percentile and the worst.',
    *values({ loop }) {
      for (const [stat, value] of Object.entries(loop.delay ?? {})) yield [{ stat }, value]
    },
  },
  single(
    'event_loop_busy_seconds_total',
    'counter',
    'For how long the event loop was at work.',
    ({ loop }) => loop.busy,
  ),
]

/** In the order in which they are told. */
export const FAMILIES: readonly Family[] = [
  {
    ...{ name: 'build_info', type: 'gauge', labels: ['version', 'node_version'] },
    help: 'What runs; always 1.',
    values: ({ version }) => [[{ version, node_version: process.version }, 1]],
  },
  {
    ...{ name: 'users', type: 'gauge', labels: ['status'] },
    help: 'Users by their combined status, as of the last count.',
    *values({ users }) {
      for (const [status, count] of users ?? []) yield [{ status }, count]
    },
  },
  ...SOURCES,
  ...HTTP,
  ...STORE,
  ...PROCESS,
]

/** Those of every program, under the names that Prometheus has for them. */
export const COMMON_FAMILIES: readonly Family[] = [
  single('process_cpu_seconds_total', 'counter', 'Time of the processor, of the user and of the system.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }),
  single('process_resident_memory_bytes', 'gauge', 'Memory that the process holds.', () => process.memoryUsage.rss()),
  single('process_start_time_seconds', 'gauge', 'When the process started, in seconds since 1970.', () => {
    return Date.now() / 1_000 - process.uptime()
  }),
]

function single(name: string, type: 'counter' | 'gauge', help: string, value: (facts: Facts) => number): Family {
  return { name, type, help, values: (facts) => [[{}, value(facts)]] }
}

function ofSources(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: (source: Facts['sources'][number]) => number,
): Family {
  return {
    ...{ name, type, help, labels: ['source'] },
    values: ({ sources }) => sources.map((source) => [{ source: source.name }, value(source)]),
  }
}

function counted(name: string, help: string, what: 'publications' | 'withdrawals' | 'expiries'): Family {
  return {
    ...{ name, type: 'counter', help, labels: ['source'] },
    // Also those that have nothing to count yet, so that a rate can be made of the first one.
    values: ({ sources, tally }) => sources.map(({ name }) => [{ source: name }, tally.sources.get(name)?.[what] ?? 0]),
  }
}
