// Where the time of one request goes: the sampling profiler of V8 in the built daemon, under the same load as in http.ts; each sample goes to the innermost room on its stack.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FOR_SERVERS, WORDS_ABOUT_CORES } from './support/cores.ts'
import { mainThreadOf } from './support/probe.ts'
import { bodiesOf, fill, type Work } from './support/requests.ts'
import { startBuiltDaemon } from './support/servers.ts'
import { type Profile, sharesOf } from './support/shares.ts'
import { printTable } from './support/table.ts'
import { load } from './support/wrk.ts'

const SECONDS = Number(process.env.BENCH_SECONDS ?? 5)
const WORKS: readonly Work[] = [
  { method: 'GET', users: 1, connections: 32 },
  { method: 'GET', users: 50, connections: 32 },
  { method: 'GET', users: 500, connections: 32 },
  { method: 'PUT', users: 1, connections: 32 },
]

const columns = new Map<string, ReadonlyMap<string, number>>()
for (const work of WORKS) columns.set(`${work.method} of ${work.users}`, await split(work))
const parts = new Set([...columns.values()].flatMap((shares) => [...shares.keys()]))
printTable(
  ['µs of the processor, main thread', ...columns.keys()],
  [...parts].map((part) => [part, ...[...columns.values()].map((shares) => (shares.get(part) ?? 0).toFixed(1))]),
)
console.log(`${SECONDS} s each with 32 connections; ${WORDS_ABOUT_CORES}`)

/** Microseconds of each part for one request. */
async function split(work: Work): Promise<ReadonlyMap<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-bench-'))
  try {
    const daemon = await startBuiltDaemon({
      config: { spreed_auto_unavailable: 600 },
      ...{ node: ['--cpu-prof', '--cpu-prof-interval=250', `--cpu-prof-dir=${folder}`], through: FOR_SERVERS },
    })
    await fill(daemon)
    const request = { ...work, url: daemon.url, bodies: bodiesOf(work) }
    await load({ ...request, seconds: 2 })
    const [begin, before] = [microseconds(), mainThreadOf(daemon.pid)]
    const { rate } = await load({ ...request, seconds: SECONDS })
    const [end, used] = [microseconds(), mainThreadOf(daemon.pid) - before]
    await daemon.stop()
    const [name = ''] = readdirSync(folder)
    const profile = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile
    return sharesOf(profile, { used: (used * 1e6) / (rate * SECONDS), begin, end })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function microseconds(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
