// A soak: `npm run soak [-- --minutes 30 --rate 2000 --watchers 1000 --users 20000]` on the built daemon; exits with 1 unless all stays level.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startBuiltDaemon } from '../support/servers.ts'
import { type Report, soakOptions } from './options.ts'
import { mistakesOf, percentile, type Sample, slopeOf } from './verdict.ts'

/** MiB an hour that RSS may grow; and how much of the rate must be reached. */
const LIMITS = { slope: 10, share: 0.95 }

const NO_PROBE = { heap: 0, heapTotal: 0, cpu: 0, p50: 0, p99: 0, max: 0 }

const options = soakOptions(process.argv.slice(2))
const folder = mkdtempSync(join(tmpdir(), 'presence-soak-'))
const probeFile = join(folder, 'probe.jsonl')
const load: ChildProcess[] = []
const server = await startBuiltDaemon({
  config: { plugins: 'spreed manual', spreed_auto_unavailable: 1 },
  node: ['--import', join(import.meta.dirname, 'probe.mjs')],
  env: { SOAK_FILE: probeFile, SOAK_INTERVAL: String(options.interval * 1000) },
})
const { process: daemon, url } = server
try {
  const { rate, watchers, users } = options
  console.log(`${rate} requests/s, ${watchers} watchers, ${users} users, for ${options.minutes} minutes`)
  load.push(child('watch.ts', url, watchers, users), child('load.ts', url, rate, users))
  const samples = await measure()
  const mistakes = mistakesOf(samples, { ...LIMITS, rate })
  const late = samples.slice(Math.floor(samples.length / 3))
  const slope = (of: (sample: Sample) => number): string => `${slopeOf(late, of).toFixed(1)} MiB/h`
  console.log(
    `\nover the last two thirds: RSS ${slope(({ resident }) => resident)}, RssAnon ${slope(({ anonymous }) => anonymous)}, heap ${slope(({ heapTotal }) => heapTotal)}`,
  )
  for (const mistake of mistakes) console.log(`NOT LEVEL: ${mistake}`)
  if (mistakes.length === 0) console.log('level')
  process.exitCode = mistakes.length === 0 ? 0 : 1
} finally {
  for (const one of load) one.disconnect()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

function child(name: string, ...args: readonly (string | number)[]): ChildProcess {
  return fork(join(import.meta.dirname, name), args.map(String), { execArgv: ['--import', 'tsx'] })
}

async function measure(): Promise<Sample[]> {
  const samples: Sample[] = []
  const begin = performance.now()
  const end = begin + options.minutes * 60_000
  for (let before = begin; performance.now() < end; ) {
    await wait(options.interval * 1000)
    if (!daemon.running()) throw new Error(`the daemon has ended:\n${daemon.lines.slice(-20).join('\n')}`)
    const [watch, requests] = await Promise.all(load.map(reportOf))
    const now = performance.now()
    if (watch === undefined || requests === undefined) continue
    const one = sampleOf(watch, requests, now - begin, (now - before) / 1000)
    before = now
    samples.push(one)
    tell(one, watch, samples.length)
    for (const reason of [...watch.reasons, ...requests.reasons]) console.log(`  ${reason}`)
  }
  return samples
}

async function reportOf(one: ChildProcess): Promise<Report> {
  if (one.exitCode !== null) throw new Error(`a process of the load has ended with ${one.exitCode}`)
  const answered = once(one, 'message')
  one.send('report')
  const [report] = await answered
  return report as Report
}

function sampleOf(watch: Report, requests: Report, at: number, seconds: number): Sample {
  const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8')
  const memory = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
  const lines = existsSync(probeFile) ? readFileSync(probeFile, 'utf8').trim().split('\n') : []
  const { heap, heapTotal, cpu, ...loop } = { ...NO_PROBE, ...JSON.parse(lines.at(-1) ?? '{}') }
  const of = (numbers: readonly number[]) => ({
    p50: percentile(numbers, 0.5),
    p99: percentile(numbers, 0.99),
    max: Math.max(0, ...numbers),
  })
  return {
    ...{ at: at / 1000, resident: memory('VmRSS'), anonymous: memory('RssAnon'), heap, heapTotal, cpu, loop },
    descriptors: readdirSync(`/proc/${daemon.pid}/fd`).length,
    rate: requests.requests / seconds,
    failures: requests.failures + watch.failures,
    latency: of(requests.latencies),
    watchDelay: of(watch.delays),
    broken: watch.broken,
  }
}

function tell({ at, latency, loop, watchDelay, ...sample }: Sample, watch: Report, line: number): void {
  if (line % 20 === 1)
    console.log(
      '\n   s  RSS Anon heap used MiB  cpu   fd streams   req/s failed  latency p50/p99/max ms  loop p50/p99/max ms  told p50/p99 ms  events',
    )
  const whole = (number: number, width: number): string => number.toFixed(0).padStart(width)
  const times = (numbers: readonly number[], width: number): string =>
    numbers
      .map((one) => one.toFixed(1))
      .join(' / ')
      .padStart(width)
  console.log(
    [
      ...[whole(at, 4), whole(sample.resident, 4), whole(sample.anonymous, 4), whole(sample.heapTotal, 4)],
      ...[whole(sample.heap, 4), '   ', sample.cpu.toFixed(2)],
      ...[
        whole(sample.descriptors, 5),
        whole(watch.streams, 6),
        whole(sample.rate, 8),
        whole(sample.failures + sample.broken, 6),
      ],
      times([latency.p50, latency.p99, latency.max], 22),
      times([loop.p50, loop.p99, loop.max], 20),
      ...[times([watchDelay.p50, watchDelay.p99], 15), whole(watch.events, 8)],
    ].join(' '),
  )
}
