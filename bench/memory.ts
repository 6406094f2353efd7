// Measures many users: memory, start and stalls of the event loop with two sources each, and what a scrape of the metrics takes then.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryOf, pause, startProbedDaemon } from './support/inside.ts'
import { processorOf } from './support/probe.ts'
import { atMost, handOn, type Row } from './support/report.ts'
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
const rows: Row[] = []

async function measure(users: number, idle: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-bench-'))
  try {
    const path = join(folder, 'data')
    if (users > 0) await fillStore({ path, users, sources: ['spreed', 'xmpp'], expires: Date.now() + 10 * HOUR })
    const daemon = await startProbedDaemon({ config: { ...config, data_path: path } })
    try {
      const processor = { own: (processorOf(daemon.pid) * 1e6) / Math.max(users, 1) }
      await pause(SETTLING)
      const { own } = memoryOf(daemon.pid)
      if (users === 0) return own
      const starting = await daemon.stall()
      const scrapes = await slowestScrape(daemon.url)
      await pause(SETTLING)
      const stall = await daemon.stall()
      const after = (memoryOf(daemon.pid).own - idle) / users
      const name = `${users.toLocaleString('en')} users`
      rows.push(
        { work: `${name}: memory of each`, value: (own - idle) / users, unit: 'bytes', target: atMost(MOST_BYTES) },
        { work: `${name}: ready after`, value: daemon.startUp, unit: 'ms', target: atMost(LONGEST_START), processor },
        { work: `${name}: longest stall of the start`, value: starting, unit: 'ms', target: atMost(LONGEST_STALL) },
        { work: `${name}: slowest scrape of the metrics`, value: scrapes, unit: 'ms' },
        { work: `${name}: longest stall of the scrapes`, value: stall, unit: 'ms', target: atMost(LONGEST_STALL) },
        { work: `${name}: memory of each after them`, value: after, unit: 'bytes' },
      )
      return own
    } finally {
      await daemon.stop()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function slowestScrape(url: string): Promise<number> {
  let slowest = 0
  for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
    const began = performance.now()
    await (await fetch(`${url}/metrics`)).text()
    slowest = Math.max(slowest, performance.now() - began)
    await pause(1_000)
  }
  return slowest
}

const idle = await measure(0, 0)
for (const users of SIZES) await measure(users, idle)
handOn(rows)
