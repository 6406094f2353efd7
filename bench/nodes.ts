// Measures one, two and four nodes over one Redis beside the embedded store: reads, publications, delays, and what a change costs whom.
import { PresenceClient } from '../src/client/index.ts'
import { type RedisServer, startRedis } from '../test/support/redis.ts'
import { processorOf } from './support/probe.ts'
import { type Server, startBuiltDaemon, token } from './support/servers.ts'
import { median, printTable } from './support/table.ts'
import { load } from './support/wrk.ts'

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3)
const USERS = 10_000
const VARIETY = 200
/** Of users in a read. */
const READ = 50
const CONNECTIONS = 32
/** How many changes are timed from node to node. */
const DELAYS = 300
const WATCHERS = 500
const TARGETS = { GET: 0.95, PUT: 0.5 }
const CONFIG = { plugins: 'spreed', spreed_auto_unavailable: 600, server_max_streams: 2 * WATCHERS }

const userId = (number: number): string => `u${String(number % USERS).padStart(7, '0')}@example.com`

function bodies(method: 'GET' | 'PUT', users: number): readonly string[] {
  return Array.from({ length: VARIETY }, (_, turn) => {
    const UserStatus = Array.from({ length: users }, (_, index) => {
      const user_id = userId(turn * 7919 + index)
      const spreed = { status: turn % 3 === 0 ? 'away' : 'available', message: '' }
      return method === 'GET' ? { user_id } : { user_id, spreed }
    })
    return JSON.stringify({ AuthenticationToken: token(), Type: 'UserStatus', UserStatus })
  })
}

async function fill({ url }: Server): Promise<void> {
  for (let first = 0; first < USERS; first += 1_000) {
    const UserStatus = Array.from({ length: 1_000 }, (_, index) => {
      return { user_id: userId(first + index), spreed: { status: 'available', message: '' } }
    })
    const body = JSON.stringify({ AuthenticationToken: token(), Type: 'UserStatus', UserStatus })
    for (;;) {
      const answer = await fetch(url, { method: 'PUT', body })
      if (answer.ok) break
      // A node that the machine left no time for asks for a moment.
      if (answer.status !== 503) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}

const READS = bodies('GET', READ)
const PUTS = bodies('PUT', 1)

interface Measured {
  /** Requests a second, and what each takes of the processor in microseconds: that hardly depends on what else the machine does. */
  readonly rate: number
  readonly cost: number
}

async function measure({ url, pid }: Server, method: 'GET' | 'PUT'): Promise<Measured> {
  const work = { url, method, bodies: method === 'GET' ? READS : PUTS, connections: CONNECTIONS, seconds: SECONDS }
  const before = processorOf(pid)
  const { rate } = await load(work)
  return { rate, cost: ((processorOf(pid) - before) / (rate * SECONDS)) * 1e6 }
}

async function startNodes(redis: RedisServer, count: number): Promise<Server[]> {
  const config = { ...CONFIG, store: 'redis', redis_url: `unix://${redis.socket}`, redis_prefix: `nodes-${count}` }
  return await Promise.all(Array.from({ length: count }, () => startBuiltDaemon({ config })))
}

/** Milliseconds from before a publication at one node until a watcher of another is told of it. */
async function delays(from: Server, to: Server): Promise<number[]> {
  const user = 'delay@example.com'
  const client = (url: string) => new PresenceClient({ url, token: () => token(user) })
  const [writer, ending, found] = [client(from.url), new AbortController(), [] as number[]]
  let sent = 0
  const say = async (): Promise<void> => {
    sent = performance.now()
    await writer.set(user, 'spreed', { status: 'busy', message: `change ${found.length}` })
  }
  let saying = Promise.resolve()
  for await (const event of client(to.url).watch([user], { signal: ending.signal })) {
    if (event.type === 'ready') saying = say()
    if (event.type !== 'presence' || event.document.message !== `change ${found.length}`) continue
    found.push(performance.now() - sent)
    await saying
    if (found.length < DELAYS) saying = say()
    else ending.abort()
  }
  return found
}

interface Costs {
  readonly publishing: number
  readonly following: number
  readonly redis: number
}

/** Microseconds of the processor for each publication: at the node that takes it, at one that hears of it, and in Redis. */
async function costs(one: Server, other: Server, redis: RedisServer): Promise<Costs> {
  const info = async () => Number(/process_id:(\d+)/.exec(await redis.cli('info', 'server'))?.[1])
  const pids = [one.pid, other.pid, await info()]
  const before = pids.map(processorOf)
  const count = (await measure(one, 'PUT')).rate * SECONDS
  const [publishing = 0, following = 0, inRedis = 0] = pids.map((pid, index) => {
    return ((processorOf(pid) - (before[index] ?? 0)) / count) * 1e6
  })
  return { publishing, following, redis: inRedis }
}

/** Microseconds of the processor for each event of each of many watchers of everybody, who are read in this process. */
async function costOfTelling(node: Server): Promise<number> {
  const ending = new AbortController()
  let [ready, told] = [0, 0]
  const count = async (response: Response): Promise<void> => {
    try {
      for await (const chunk of response.body ?? []) {
        const text = Buffer.from(chunk as Uint8Array).toString('latin1')
        ready += text.split('event: ready').length - 1
        told += text.split('event: presence').length - 1
      }
    } catch {
      // It was ended.
    }
  }
  const headers = { authorization: `Bearer ${Buffer.from(token()).toString('base64url')}` }
  const url = `${node.url}/v1/watch?user_id=${userId(1)}`
  for (let index = 0; index < WATCHERS; index += 1) void fetch(url, { headers, signal: ending.signal }).then(count)
  while (ready < WATCHERS) await new Promise((resolve) => setTimeout(resolve, 20))
  told = 0
  const before = processorOf(node.pid)
  const changes = 100
  for (let change = 0; change < changes; change += 1) {
    const spreed = { status: 'busy', message: `telling ${change}` }
    const body = JSON.stringify({ AuthenticationToken: token(), UserStatus: [{ user_id: userId(1), spreed }] })
    await fetch(node.url, { method: 'PUT', body })
    while (told < (change + 1) * WATCHERS) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const used = processorOf(node.pid) - before
  ending.abort()
  return (used / (changes * WATCHERS)) * 1e6
}

const redis = await startRedis()
const embedded = await startBuiltDaemon({ config: CONFIG })
const rows: string[][] = []
try {
  await fill(embedded)
  for (const count of [1, 2, 4]) {
    const nodes = await startNodes(redis, count)
    try {
      const [first, last] = [nodes[0], nodes.at(-1)]
      if (first === undefined || last === undefined) throw new RangeError('there are no nodes')
      await fill(first)
      const found: Record<'GET' | 'PUT', { rates: number[]; ratios: number[]; costs: number[] }> = {
        GET: { rates: [], ratios: [], costs: [] },
        PUT: { rates: [], ratios: [], costs: [] },
      }
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const method of ['GET', 'PUT'] as const) {
          const yardstick = await measure(embedded, method)
          const own = await measure(first, method)
          found[method].rates.push(own.rate)
          found[method].ratios.push(own.rate / yardstick.rate)
          found[method].costs.push(yardstick.cost / own.cost)
        }
      }
      const times = (await delays(first, last)).sort((one, other) => one - other)
      const met = (['GET', 'PUT'] as const).every((method) => median(found[method].ratios) >= TARGETS[method])
      if (!met) process.exitCode = 1
      const shown = (method: 'GET' | 'PUT') => [
        Math.round(median(found[method].rates)).toLocaleString('en'),
        median(found[method].ratios).toFixed(2),
        median(found[method].costs).toFixed(2),
      ]
      const percentile = (share: number) => `${(times[Math.floor(share * times.length)] ?? 0).toFixed(1)} ms`
      const delay = [percentile(0.5), percentile(0.99)]
      rows.push([String(count), ...shown('GET'), ...shown('PUT'), ...delay, met ? 'met' : 'NOT met'])
      if (count === 2) {
        const { publishing, following, redis: inRedis } = await costs(first, last, redis)
        const telling = await costOfTelling(last)
        console.log(
          `microseconds of the processor: ${publishing.toFixed(0)} for a publication at the node that takes it, ` +
            `${following.toFixed(0)} at one that hears of it, ${inRedis.toFixed(0)} in Redis, ${telling.toFixed(1)} to tell one watcher`,
        )
      }
    } finally {
      await Promise.all(nodes.map((node) => node.stop()))
    }
  }
} finally {
  await Promise.all([embedded.stop(), redis.stop()])
}
const heads = ['nodes', `reads of ${READ}/s`, 'ratio', 'by processor', 'publications/s', 'ratio', 'by processor']
printTable([...heads, 'delay', 'p99', ''], rows)
console.log(
  `ratios to the embedded store, of rates: reads >= ${TARGETS.GET}, publications >= ${TARGETS.PUT}; and of the time of the`,
)
console.log('processor that a request takes there and here, which counts where the machine has other work')
