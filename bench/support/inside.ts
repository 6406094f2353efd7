// What a measured daemon is like from inside: how long it took to start, its memory, and the stalls of its event loop.
import { readFileSync } from 'node:fs'
import { newProbe } from './probe.ts'
import { type DaemonOptions, type Server, startBuiltDaemon } from './servers.ts'

export interface ProbedDaemon extends Server {
  /** From the start of the process until it listens, in milliseconds. */
  readonly startUp: number
  /** The longest stall of the event loop since the question before (or the start), in milliseconds. */
  stall(): Promise<number>
}

export async function startProbedDaemon(options: DaemonOptions = {}): Promise<ProbedDaemon> {
  const probe = newProbe()
  const began = performance.now()
  const daemon = await startBuiltDaemon({
    ...options,
    node: [...probe.node, ...(options.node ?? [])],
    env: { ...options.env, ...probe.env },
  })
  return {
    ...daemon,
    startUp: performance.now() - began,
    stall: () => probe.stall(),
    async stop() {
      await daemon.stop()
      probe.close()
    },
  }
}

/** The memory of a process in bytes: all of it, and what of it is no page of a file. */
export function memoryOf(pid: number): { readonly all: number; readonly own: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN)
  return { all: field('VmRSS'), own: field('RssAnon') }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
