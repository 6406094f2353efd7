// Measures many open streams: the memory of each, when the last one has a change that all watch, and what a change costs that none does.
import { memoryOf, type ProbedDaemon, pause, startProbedDaemon } from './support/inside.ts'
import { processorOf } from './support/probe.ts'
import { atMost, handOn, type Row } from './support/report.ts'
import { token } from './support/servers.ts'
import { Streams } from './support/streams.ts'
import { median } from './support/table.ts'
import { userId } from './support/users.ts'

const STREAMS = Number(process.env.BENCH_STREAMS ?? 10_000)
const ROUNDS = 5
/** Publications one after the other, of somebody whom nobody watches. */
const UNWATCHED = 3_000
const SETTLING = 5_000

const MOST_MEMORY = 16
const LATEST = 150
const LONGEST_STALL = 100
/** Times what a change costs without any stream; the difference is noise. */
const MOST_COST = 1.1

const rows: Row[] = []
const config = {
  ...{ plugins: 'spreed', spreed_auto_unavailable: 600 },
  ...{ server_max_streams: 2 * STREAMS, server_max_connections: 2 * STREAMS, server_max_streams_per_user: STREAMS },
}

async function publish({ url }: ProbedDaemon, user: string, message: string): Promise<void> {
  const body = JSON.stringify({ status: 'available', message })
  const headers = { authorization: `Bearer ${token(user)}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/users/${user}/spreed`, { method: 'PUT', headers, body })
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
}

/** Seconds of the daemon's processor for one change that nobody watches, in microseconds. */
async function unwatched(daemon: ProbedDaemon): Promise<number> {
  const before = processorOf(daemon.pid)
  for (let turn = 0; turn < UNWATCHED; turn += 1) await publish(daemon, 'nobody@example.com', `turn ${turn}`)
  return ((processorOf(daemon.pid) - before) / UNWATCHED) * 1e6
}

/** Milliseconds from the request until the last stream has the change. */
async function toTheLast(daemon: ProbedDaemon, streams: Streams, round: number): Promise<number> {
  const word = `round ${round} is told`
  const heard = await streams.listen(word)
  const began = Date.now()
  await publish(daemon, 'everybody@example.com', word)
  return (await heard()) - began
}

const daemon = await startProbedDaemon({ config })
const streams = new Streams()
try {
  await unwatched(daemon)
  const alone = await unwatched(daemon)
  await pause(SETTLING)
  const idle = memoryOf(daemon.pid).all
  await daemon.stall()
  const began = performance.now()
  await streams.open(
    daemon.url,
    Array.from({ length: STREAMS }, (_, number) => {
      const path = `/v1/watch?user_id=${userId(number)}&user_id=everybody@example.com`
      return { path, token: token(userId(number)) }
    }),
  )
  const opened = performance.now() - began
  const opening = await daemon.stall()
  await pause(SETTLING)
  const name = `${STREAMS.toLocaleString('en')} streams`
  const each = (memoryOf(daemon.pid).all - idle) / STREAMS / 1024
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    times.push(await toTheLast(daemon, streams, round))
    await pause(1_000)
  }
  const telling = await daemon.stall()
  const beside = await unwatched(daemon)
  rows.push(
    { work: `${name}: memory of each`, value: each, unit: 'KiB', target: atMost(MOST_MEMORY) },
    { work: `${name}: all are open after`, value: opened, unit: 'ms' },
    { work: `${name}: longest stall while they open`, value: opening, unit: 'ms', target: atMost(LONGEST_STALL) },
    { work: `${name}: the last one has a change`, value: median(times), unit: 'ms', target: atMost(LATEST) },
    { work: `${name}: in the slowest round`, value: Math.max(...times), unit: 'ms' },
    { work: `${name}: longest stall of a change`, value: telling, unit: 'ms', target: atMost(LONGEST_STALL) },
    {
      ...{ work: `${name}: a change that nobody watches, beside none`, value: beside / alone, unit: 'times' },
      ...{ target: atMost(MOST_COST), processor: { own: beside, yardstick: alone } },
    },
  )
} finally {
  streams.close()
  await daemon.stop()
}
handOn(rows)
