// Measures many users: memory, start and stalls of the event loop with two sources each, and what a scrape of the metrics takes then.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryOf, pause, startProbedDaemon } from './support/inside.ts'
import { printTable } from './support/table.ts'
import { fillStore } from './support/users.ts'

const SIZES = (process.env.BENCH_USERS ?? '300000,1000000').split(',').map(Number)
const HOUR = 3_600_000
/** How long after the start memory is measured, in milliseconds. */
const SETTLING = 10_000
const SCRAPES = 5

const MOST_BYTES = 350
const LONGEST_START = 4_000
const LONGEST_STALL = 100

// Nobody listens at the port of discard: the collector stays lost, and its users keep their state for the grace.
const config = {
  ...{ plugins: 'spreed xmpp', spreed_auto_unavailable: 600, xmpp_grace: 3600 },
  ...{ xmpp_host: '127.0.0.1', xmpp_port: 9, xmpp_jid: 'presence@example.com', xmpp_password: 'secret' },
}
const rows: string[][] = []

function row(work: string, value: number, unit: string, most?: number): void {
  const met = most === undefined ? '' : value <= most ? 'met' : 'NOT met'
  if (met === 'NOT met') process.exitCode = 1
  rows.push([work, `${Math.round(value)} ${unit}`, most === undefined ? '' : `<= ${most}`, met])
}

async function measure(users: number, idle: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-bench-'))
  try {
    const path = join(folder, 'data')
    if (users > 0) await fillStore({ path, users, sources: ['spreed', 'xmpp'], expires: Date.now() + 10 * HOUR })
    const daemon = await startProbedDaemon({ config: { ...config, data_path: path } })
    try {
      await pause(SETTLING)
      const { own, all } = memoryOf(daemon.pid)
      if (users === 0) return own
      const name = users.toLocaleString('en')
      row(`${name} users: memory of each`, ((own - idle) * 1024) / users, 'bytes', MOST_BYTES)
      row(`${name} users: all memory, pages of files too`, all / 1024, 'MiB')
      row(`${name} users: ready after`, daemon.startUp, 'ms', LONGEST_START)
      row(`${name} users: longest stall of the start`, await daemon.longestStall(), 'ms', LONGEST_STALL)
      const times: number[] = []
      for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
        const began = performance.now()
        await (await fetch(`${daemon.url}/metrics`)).text()
        times.push(performance.now() - began)
        await pause(500)
      }
      await pause(3_000)
      row(`${name} users: slowest scrape of the metrics`, Math.max(...times), 'ms')
      row(`${name} users: longest stall of the scrapes`, await daemon.longestStall(), 'ms', LONGEST_STALL)
      row(
        `${name} users: memory of each after the scrapes`,
        ((memoryOf(daemon.pid).own - idle) * 1024) / users,
        'bytes',
      )
      return own
    } finally {
      await daemon.stop()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const idle = await measure(0, 0)
for (const users of SIZES) await measure(users, idle)
printTable(['work', 'measured', 'target', ''], rows)
