// What a measured daemon is like from inside: its memory, its processor's time, and the stalls of its event loop.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DaemonOptions, type Server, startBuiltDaemon } from './servers.ts'

const PROBE = new URL('../soak/probe.mjs', import.meta.url).href
/** How often the probe writes, in milliseconds. */
const INTERVAL = 250

export interface ProbedDaemon extends Server {
  /** From the start of the process until it listens, in milliseconds. */
  readonly startUp: number
  /** The longest stall of the event loop since the question before (or the start), in milliseconds. */
  longestStall(): Promise<number>
}

export async function startProbedDaemon(options: DaemonOptions = {}): Promise<ProbedDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-bench-'))
  const file = join(folder, 'probe.jsonl')
  writeFileSync(file, '')
  const began = performance.now()
  const daemon = await startBuiltDaemon({
    ...options,
    node: ['--import', PROBE, ...(options.node ?? [])],
    env: { ...options.env, SOAK_FILE: file, SOAK_INTERVAL: String(INTERVAL) },
  })
  const startUp = performance.now() - began
  let seen = 0
  return {
    ...daemon,
    startUp,
    async longestStall() {
      // What happened just now is in the next line.
      await pause(2 * INTERVAL)
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(seen)
      seen += lines.length
      return Math.max(0, ...lines.filter((line) => line !== '').map((line) => Number(JSON.parse(line).max)))
    },
    async stop() {
      await daemon.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The memory of a process in KiB: all of it, and what of it is no page of a file. */
export function memoryOf(pid: number): { readonly all: number; readonly own: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN)
  return { all: field('VmRSS'), own: field('RssAnon') }
}

/** Seconds of the processor that a process has used. */
export function processorOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
