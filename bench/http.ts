// Measures GET and PUT of `/` beside the bare yardstick server: interleaved rounds of wrk, and the medians of their ratios.
import { loadavg } from 'node:os'
import { type Server, startBareServer, startBuiltDaemon, token } from './support/servers.ts'
import { median, printTable } from './support/table.ts'
import { load } from './support/wrk.ts'

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3)
const USERS = 10_000
/** So many different requests are sent in turn. */
const VARIETY = 200

interface Work {
  readonly method: 'GET' | 'PUT'
  /** In each request. */
  readonly users: number
  readonly connections: number
  /** Of the bare server's rate; undefined: it is only reported. */
  readonly target?: number | undefined
}

const CONNECTIONS = [1, 32, 256]
const GETS = [
  { users: 1, target: 1.5 },
  { users: 50, target: 2 },
  { users: 500, target: 2.5 },
]
const WORKS: readonly Work[] = [
  ...GETS.flatMap(({ users, target }) =>
    CONNECTIONS.map((connections): Work => {
      return { method: 'GET', users, connections, target: connections === 32 ? target : undefined }
    }),
  ),
  ...CONNECTIONS.map((connections): Work => {
    return { method: 'PUT', users: 1, connections, target: connections === 1 ? undefined : 1 }
  }),
]

function userId(number: number): string {
  return `u${String(number % USERS).padStart(7, '0')}@example.com`
}

/** Two sections for everybody; one message in ten is the user's own. */
function entryOf(number: number, method: Work['method']): unknown {
  const user_id = userId(number)
  if (method === 'GET') return { user_id }
  const message = number % 10 === 0 ? `message ${number}` : ''
  return { user_id, spreed: { status: number % 3 === 0 ? 'away' : 'available', message } }
}

function bodyOf(entries: readonly unknown[]): string {
  return JSON.stringify({ AuthenticationToken: token(), Type: 'UserStatus', UserStatus: entries })
}

function bodiesOf({ method, users }: Work): readonly string[] {
  return Array.from({ length: VARIETY }, (_, turn) =>
    bodyOf(Array.from({ length: users }, (_, index) => entryOf(turn * 7919 + index, method))),
  )
}

async function fill({ url }: Server): Promise<void> {
  for (let first = 0; first < USERS; first += 1000) {
    const entries = Array.from({ length: 1000 }, (_, index) => entryOf(first + index, 'PUT'))
    const answer = await fetch(url, { method: 'PUT', body: bodyOf(entries) })
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
  }
}

const daemon = await startBuiltDaemon({ config: { spreed_auto_unavailable: 600 } })
const bare = await startBareServer()
const rows: string[][] = []
try {
  for (const server of [daemon, bare]) await fill(server)
  for (const work of WORKS) {
    const bodies = bodiesOf(work)
    const ratios: number[] = []
    const rates: number[] = []
    const slowest: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const common = { method: work.method, bodies, connections: work.connections, seconds: SECONDS }
      const yardstick = await load({ ...common, url: bare.url })
      const own = await load({ ...common, url: daemon.url })
      ratios.push(own.rate / yardstick.rate)
      rates.push(own.rate)
      slowest.push(own.p99)
    }
    const ratio = median(ratios)
    const met = work.target === undefined ? '' : ratio >= work.target ? 'met' : 'NOT met'
    if (met === 'NOT met') process.exitCode = 1
    rows.push([
      `${work.method} of ${work.users}`,
      String(work.connections),
      Math.round(median(rates)).toLocaleString('en'),
      `${median(slowest).toFixed(1)} ms`,
      `${ratio.toFixed(2)} (${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)})`,
      work.target === undefined ? '' : `>= ${work.target}`,
      met,
    ])
  }
} finally {
  await Promise.all([daemon.stop(), bare.stop()])
}
printTable(['work', 'connections', 'requests/s', 'p99', 'times the bare server', 'target', ''], rows)
console.log(
  `${ROUNDS} rounds of ${SECONDS} s each, medians; load of the machine ${loadavg()
    .map((one) => one.toFixed(1))
    .join(' ')}`,
)
