// Measures GET and PUT of `/` beside the bare yardstick server: interleaved rounds of wrk, and the medians of their ratios.
import { FOR_SERVERS, WORDS_ABOUT_CORES } from './support/cores.ts'
import { newProbe } from './support/probe.ts'
import { atLeast, handOn, type Row, type Target } from './support/report.ts'
import { bodiesOf, fill, nameOf, type Work } from './support/requests.ts'
import { contest } from './support/rounds.ts'
import { startBareServer, startBuiltDaemon } from './support/servers.ts'

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
  const asking = { method: work.method, connections: work.connections, bodies: bodiesOf(work) }
  const row = await contest({
    work: nameOf(work),
    own: { server: { url: daemon.url, pids: [daemon.pid], probe: probes[0] }, asking },
    yardstick: { server: { url: bare.url, pids: [bare.pid], probe: probes[1] }, asking, name: 'bare' },
    ...{ rounds: ROUNDS, seconds: SECONDS },
  })
  return { ...row, target: work.target }
}
