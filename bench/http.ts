// Measures GET and PUT of `/` beside the bare yardstick server: interleaved rounds of wrk, and the medians of their ratios.
import { FOR_SERVERS, WORDS_ABOUT_CORES } from './support/cores.ts'
import { newProbe, processorOf } from './support/probe.ts'
import { atLeast, handOn, type Row, type Target } from './support/report.ts'
import { bodiesOf, fill, nameOf, type Work } from './support/requests.ts'
import { type Server, startBareServer, startBuiltDaemon } from './support/servers.ts'
import { median } from './support/table.ts'
import { type Bodies, load } from './support/wrk.ts'

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3)
/** A part of a row's name, to measure some alone. */
const ONLY = process.env.BENCH_ONLY ?? ''
interface Aim extends Work {
  /** Of the bare server's rate; without one it is only reported. */
  readonly target?: Target | undefined
}

const CONNECTIONS = [1, 32, 256]
const GETS = [
  { users: 1, target: atLeast(1.5) },
  { users: 50, target: atLeast(2) },
  { users: 500, target: atLeast(2.5) },
]
const WORKS: readonly Aim[] = [
  ...GETS.flatMap(({ users, target }) =>
    CONNECTIONS.map((connections): Aim => {
      return { method: 'GET', users, connections, target: connections === 32 ? target : undefined }
    }),
  ),
  ...[50, 500].map((users): Aim => ({ method: 'GET', users, connections: 32, fresh: true })),
  ...CONNECTIONS.map((connections): Aim => {
    return { method: 'PUT', users: 1, connections, target: connections === 1 ? undefined : atLeast(1) }
  }),
]

interface Measured {
  readonly rate: number
  readonly p99: number
  /** Microseconds of the processor for a request. */
  readonly cost: number
  readonly stall: number
}

// Both have a probe, so that it costs both the same.
const probes = [newProbe(), newProbe()] as const
const starting = probes.map(({ node, env }) => ({ node, env, through: FOR_SERVERS }))
const daemon = await startBuiltDaemon({ config: { spreed_auto_unavailable: 600 }, ...starting[0] })
const bare = await startBareServer(starting[1])
try {
  for (const server of [daemon, bare]) await fill(server)
  const rows: Row[] = []
  for (const work of WORKS.filter((work) => nameOf(work).includes(ONLY))) rows.push(await rowOf(work))
  handOn(rows, [`${ROUNDS} rounds of ${SECONDS} s each, in turns with the bare server, medians; ${WORDS_ABOUT_CORES}`])
} finally {
  await Promise.all([daemon.stop(), bare.stop()])
  for (const probe of probes) probe.close()
}

async function rowOf(work: Aim): Promise<Row> {
  const bodies = bodiesOf(work)
  const own: Measured[] = []
  const yardstick: Measured[] = []
  // The first round warms both up and does not count.
  for (const [server, probe] of [
    [bare, probes[1]],
    [daemon, probes[0]],
  ] as const) {
    await measure(server, probe, work, bodies)
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    yardstick.push(await measure(bare, probes[1], work, bodies))
    own.push(await measure(daemon, probes[0], work, bodies))
  }
  const ratios = own.map(({ rate }, round) => rate / (yardstick[round]?.rate ?? 0))
  const middle = (measured: readonly Measured[], of: (one: Measured) => number): number => median(measured.map(of))
  const row: Row = {
    work: nameOf(work),
    ...{ value: middle(own, ({ rate }) => rate), unit: 'requests/s', target: work.target },
    ratio: { to: 'x bare', median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) },
    p99: middle(own, ({ p99 }) => p99),
    stall: Math.max(...own.map(({ stall }) => stall)),
    processor: { own: middle(own, ({ cost }) => cost), yardstick: middle(yardstick, ({ cost }) => cost) },
  }
  console.log(
    `${row.work}: ${Math.round(row.value).toLocaleString('en')} requests/s, ${row.ratio?.median.toFixed(2)} x bare`,
  )
  return row
}

async function measure(
  { url, pid }: Server,
  probe: (typeof probes)[number],
  { method, connections }: Work,
  bodies: Bodies,
): Promise<Measured> {
  await probe.stall()
  const before = processorOf(pid)
  const { rate, p99 } = await load({ url, method, bodies, connections, seconds: SECONDS })
  const used = processorOf(pid) - before
  return { rate, p99, cost: (used / (rate * SECONDS)) * 1e6, stall: await probe.stall() }
}
