// Looks into a measured process: the longest stall of its event loop, and what it has used of the processor.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const MODULE = pathToFileURL(join(import.meta.dirname, 'probe.mjs')).href

export interface Probe {
  /** What the process has to have: words for Node, or the same in NODE_OPTIONS for what is started in another way. */
  readonly node: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Milliseconds of the longest stall since the last time. A daemon that was started anew begins at nothing. */
  stall(): Promise<number>
  close(): void
}

export function newProbe(): Probe {
  const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-probe-'))
  const socket = join(folder, 'socket')
  return {
    node: ['--import', MODULE],
    env: { PROBE_SOCKET: socket },
    async stall() {
      const { stall } = JSON.parse(await readAll(socket)) as { readonly stall: number }
      return stall
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function readAll(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    connect(path)
      .setEncoding('utf8')
      .on('data', (part: string) => {
        text += part
      })
      .once('error', reject)
      .once('end', () => resolve(text))
  })
}

/** Seconds of the processor that a process has used, with all its threads. */
export function processorOf(pid: number): number {
  return usedIn(`/proc/${pid}/stat`)
}

/** The same of its main thread alone. */
export function mainThreadOf(pid: number): number {
  return usedIn(`/proc/${pid}/task/${pid}/stat`)
}

/** By proc(5): utime and stime, in ticks of 10 ms. */
function usedIn(file: string): number {
  const stat = readFileSync(file, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
