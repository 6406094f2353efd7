// What goes wrong in a round with several nodes: each fault from its begin until everything is there again.
import { setTimeout as wait } from 'node:timers/promises'
import type { Daemon } from '../support/daemon.ts'
import type { World } from './world.ts'

export interface Stage {
  readonly world: World
  /** From 0 to below 1. */
  readonly chance: readonly number[]
  during(): Promise<void>
}

/** Seconds. A lease lasts three, so that the longer pauses of the holder cost it the lease. */
const SHORT = [0.3, 1.5] as const
const LONG = [3.5, 6] as const

export const faults = {
  'a node is killed': (stage) => killed(stage, [someNode(stage)]),
  'the node with the collectors is killed': async (stage) => killed(stage, [await holder(stage)]),
  'two nodes are killed': (stage) => killed(stage, [someNode(stage), nextNode(stage)]),
  'all nodes are killed': (stage) => killed(stage, stage.world.nodes),
  'a node is restarted politely': (stage) => killed(stage, [someNode(stage)], 'SIGTERM'),
  'the node with the collectors is restarted politely': async (stage) => {
    await killed(stage, [await holder(stage)], 'SIGTERM')
  },
  'a node is stopped for a moment': (stage) => stopped(stage, someNode(stage), SHORT),
  'a node is stopped for longer than a lease': (stage) => stopped(stage, someNode(stage), LONG),
  'the node with the collectors is stopped for a moment': async (stage) => stopped(stage, await holder(stage), SHORT),
  'the node with the collectors is stopped for longer than a lease': async (stage) => {
    await stopped(stage, await holder(stage), LONG)
  },
  async 'Redis is killed'({ world: { redis }, chance, during }) {
    await redis.kill()
    void during()
    await moment(chance[0], SHORT)
    await redis.start()
  },
  async 'Redis is stopped for a moment'({ world: { redis }, chance, during }) {
    redis.pause()
    void during()
    await moment(chance[0], SHORT)
    redis.resume()
  },
  async 'Redis is stopped for longer than a lease'({ world: { redis }, chance, during }) {
    redis.pause()
    void during()
    await moment(chance[0], LONG)
    redis.resume()
  },
  async 'Redis and a node are killed'(stage) {
    await stage.world.redis.kill()
    const restarted = killed(stage, [someNode(stage)])
    await moment(stage.chance[2], SHORT)
    await stage.world.redis.start()
    await restarted
  },
} as const satisfies Readonly<Record<string, (stage: Stage) => Promise<void>>>

export type FaultName = keyof typeof faults

/** Those after which more than one daemon starts anew at once take long on a busy machine: not for the short form. */
const SEVERAL: readonly FaultName[] = ['two nodes are killed', 'all nodes are killed', 'Redis and a node are killed']

export function chosenFaults(short: boolean): readonly FaultName[] {
  return (Object.keys(faults) as FaultName[]).filter((name) => !short || !SEVERAL.includes(name))
}

async function killed(
  { chance, during }: Stage,
  nodes: readonly Daemon[],
  signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
): Promise<void> {
  await Promise.all(nodes.map((node) => node.end(signal)))
  void during()
  await moment(chance[1], SHORT)
  await Promise.all(nodes.map((node) => node.start()))
}

async function stopped(
  { chance, during }: Stage,
  node: Daemon,
  [least, most]: readonly [number, number],
): Promise<void> {
  node.signal('SIGSTOP')
  void during()
  await moment(chance[1], [least, most])
  node.signal('SIGCONT')
}

function someNode({ world: { nodes }, chance: [dice = 0] }: Stage, more = 0): Daemon {
  const node = nodes[(Math.floor(dice * nodes.length) + more) % nodes.length]
  if (node === undefined) throw new RangeError('there are no nodes')
  return node
}

function nextNode(stage: Stage): Daemon {
  return someNode(stage, 1)
}

/** The node that runs the collectors now, waiting for one. */
async function holder({ world: { nodes } }: Stage): Promise<Daemon> {
  for (;;) {
    for (const node of nodes) {
      const [xmpp] = await node.sources()
      if (xmpp?.state === 'settled') return node
    }
    await wait(50)
  }
}

async function moment(dice = 0, [least, most]: readonly [number, number]): Promise<void> {
  await wait((least + dice * (most - least)) * 1000)
}
