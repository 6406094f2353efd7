// The arithmetic of docs/scaling.md, and the simulation that goes by it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BOUNDS, loadOf, MEASURED, simulate, smallest } from '../../../bench/scaling.ts'

const DEMAND = { users: 1_000_000, watchers: 100_000, changes: 0.1 / 600, heartbeats: 0.1 / 60, watched: 100 }
const COSTS = { publication: 100, following: 10, inRedis: 20, telling: 1, bytesOfUser: 300, bytesOfWatcher: 1_000 }

test('a node carries its share of publications and events, and all changes of the others', () => {
  const saves = 1_000_000 * (0.1 / 600 + 0.1 / 60)
  const events = (0.1 / 600) * 100 * 100_000
  const { node, redis, bytes } = loadOf(DEMAND, { groups: 1, nodes: 4 }, COSTS)
  const expected = (saves / 4) * 100 + saves * 0.75 * 10 + (events / 4) * 1
  assert.ok(Math.abs(node * 1e6 - expected) < 1e-6 * expected, `${node}`)
  assert.ok(Math.abs(redis * 1e6 - saves * 20) < 1e-3)
  assert.equal(bytes, 300_000_000 + 25_000_000)
})

test('the plan stays within the bounds, and one node less does not', () => {
  for (const factor of [1, 10]) {
    const demand = { ...DEMAND, users: factor * DEMAND.users, watchers: factor * DEMAND.watchers }
    const plan = smallest(demand, MEASURED) ?? assert.fail('there is no plan')
    const { node, redis, bytes } = loadOf(demand, plan, MEASURED)
    assert.ok(node <= BOUNDS.share && redis <= BOUNDS.share && bytes <= BOUNDS.bytes)
    if (plan.nodes === 2) continue
    const less = loadOf(demand, { ...plan, nodes: plan.nodes - 1 }, MEASURED)
    assert.ok(less.node > BOUNDS.share || less.bytes > BOUNDS.bytes)
  }
})

test('nobody waits less than the work takes, and the more work there is the longer', () => {
  const plan = { groups: 1, nodes: 2 }
  const few = simulate(DEMAND, plan, COSTS, 5, 1)
  const many = simulate({ ...DEMAND, users: 8_000_000, watchers: 800_000 }, plan, COSTS, 5, 1)
  assert.ok((few[0] ?? 0) >= (COSTS.following + COSTS.inRedis) / 1_000)
  const p99 = (waits: number[]) => waits[Math.floor(0.99 * waits.length)] ?? 0
  assert.ok(p99(many) > p99(few))
})
