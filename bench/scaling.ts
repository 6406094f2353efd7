// Simulates services of many users and watchers: how many groups and nodes they need, and how long a change is on its way. The constants are
// measured by bench/nodes.ts (costs), bench/soak (memory) and docs/scaling.md; change them to your own: --users 10000000 --watchers 1000000.
import { parseArgs } from 'node:util'
import { seededRandom } from '../test/support/seeded-random.ts'
import { printTable } from './support/table.ts'

/** Microseconds of one core, and bytes. */
export interface Costs {
  readonly publication: number
  readonly following: number
  readonly inRedis: number
  readonly telling: number
  readonly bytesOfUser: number
  readonly bytesOfWatcher: number
}

export const MEASURED: Costs = {
  publication: 289,
  following: 65,
  inRedis: 42,
  telling: 37,
  bytesOfUser: 350,
  bytesOfWatcher: 16_384,
}

export interface Demand {
  readonly users: number
  readonly watchers: number
  /** Of each user a second: real changes, and heartbeats that change nothing but a deadline. */
  readonly changes: number
  readonly heartbeats: number
  /** Whom each watcher watches. */
  readonly watched: number
}

export interface Plan {
  /** Groups of nodes, each with a Redis of its own and users of its own; every node of a group has all users of it in memory. */
  readonly groups: number
  readonly nodes: number
}

/** Shares of one core, of a node and of a Redis, and bytes of a node. */
export interface Load {
  readonly node: number
  readonly redis: number
  readonly bytes: number
}

export function loadOf(demand: Demand, { groups, nodes }: Plan, costs: Costs): Load {
  const saves = ((demand.changes + demand.heartbeats) * demand.users) / groups
  // A stream is at one node of each group in which somebody is whom it watches: with many groups, of all.
  const streams = (demand.watchers * Math.min(groups, demand.watched)) / groups / nodes
  const events = (demand.changes * demand.watched * demand.watchers) / groups / nodes
  return {
    node:
      ((saves / nodes) * costs.publication + saves * (1 - 1 / nodes) * costs.following + events * costs.telling) / 1e6,
    redis: (saves * costs.inRedis) / 1e6,
    bytes: (demand.users / groups) * costs.bytesOfUser + streams * costs.bytesOfWatcher,
  }
}

/** No more of a core than this, and of memory: what is left carries the loss of a node. */
export const BOUNDS = { share: 0.6, bytes: 8 * 2 ** 30 }

/** The fewest nodes that carry it. */
export function smallest(demand: Demand, costs: Costs): Plan | undefined {
  let best: Plan | undefined
  for (let groups = 1; groups <= 512; groups *= 2) {
    for (let nodes = 2; nodes <= 64; nodes += 1) {
      const load = loadOf(demand, { groups, nodes }, costs)
      if (load.node > BOUNDS.share || load.redis > BOUNDS.share || load.bytes > BOUNDS.bytes) continue
      if (best === undefined || groups * nodes < best.groups * best.nodes) best = { groups, nodes }
      break
    }
  }
  return best
}

/**
 * Milliseconds that a change waits on its way: publications, changes of others and events come at random to a node, which does one
 * after the other; sorted.
 */
export function simulate(
  demand: Demand,
  { groups, nodes }: Plan,
  costs: Costs,
  seconds: number,
  seed: number,
): number[] {
  const random = seededRandom(seed)
  const saves = ((demand.changes + demand.heartbeats) * demand.users) / groups
  const told = (demand.watched * demand.watchers) / demand.users / nodes
  const shareOfChanges = demand.changes / (demand.changes + demand.heartbeats)
  const waits: number[] = []
  let [now, free] = [0, 0]
  while (now < seconds * 1e6) {
    now += (-Math.log(1 - random()) / saves) * 1e6
    const isOwn = random() < 1 / nodes
    const isChange = random() < shareOfChanges
    const watchers = isChange ? poisson(told, random) : 0
    const begin = Math.max(now, free)
    free = begin + (isOwn ? costs.publication : costs.following) + watchers * costs.telling
    if (isChange) waits.push((free - now + costs.inRedis) / 1_000)
  }
  return waits.sort((one, other) => one - other)
}

function poisson(mean: number, random: () => number): number {
  let count = 0
  for (let left = Math.exp(-mean), product = random(); product > left; product *= random()) count += 1
  return count
}

function main(): void {
  const { values } = parseArgs({
    options: {
      users: { type: 'string', default: '10000000' },
      watchers: { type: 'string', default: '1000000' },
      // A change in ten minutes, and a heartbeat a minute, of one user in ten.
      changes: { type: 'string', default: String(0.1 / 600) },
      heartbeats: { type: 'string', default: String(0.1 / 60) },
      watched: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '20' },
    },
  })
  const number = (name: keyof typeof values): number => Number(values[name])
  const whole: Demand = {
    ...{ users: number('users'), watchers: number('watchers'), watched: number('watched') },
    ...{ changes: number('changes'), heartbeats: number('heartbeats') },
  }
  const rows = [1_000, 100, 10, 1].map((part) => {
    const demand = { ...whole, users: whole.users / part, watchers: whole.watchers / part }
    const plan = smallest(demand, MEASURED)
    const [users, watchers] = [demand.users, demand.watchers].map((count) => Math.round(count).toLocaleString('en'))
    if (plan === undefined) return [users ?? '', watchers ?? '', 'too much', '', '', '', '', '', '']
    const load = loadOf(demand, plan, MEASURED)
    const waits = simulate(demand, plan, MEASURED, number('seconds'), 1)
    const at = (share: number): string => `${(waits[Math.floor(share * waits.length)] ?? 0).toFixed(1)} ms`
    const percent = (share: number): string => `${Math.round(100 * share)} %`
    const memory = `${(load.bytes / 2 ** 30).toFixed(1)} GiB`
    const counts = [plan.groups, plan.nodes].map(String)
    return [users ?? '', watchers ?? '', ...counts, percent(load.node), percent(load.redis), memory, at(0.5), at(0.99)]
  })
  const heads = [
    'users',
    'watchers',
    'groups',
    'nodes each',
    'core of a node',
    'core of a Redis',
    'memory',
    'wait',
    'p99',
  ]
  printTable(heads, rows)
}

if (process.argv[1] === import.meta.filename) main()
