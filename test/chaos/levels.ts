// Whether memory and descriptors are level: what a process has now, and how the end of a series compares with its begin.
import { readdirSync, readFileSync } from 'node:fs'

export interface Level {
  /** Resident memory, in MiB. */
  readonly memory: number
  readonly descriptors: number
}

export function levelOf(pid: number): Level {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return { memory: Number(kilobytes) / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length }
}

export function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0
}

export interface Allowance {
  /** Of the memory at the begin, and MiB beside that. */
  readonly share: number
  readonly memory: number
  readonly descriptors: number
}

/** What has grown from the first third to the last, by their medians; empty when all is level. */
export function growth(levels: readonly Level[], allowance: Allowance): string[] {
  const third = Math.max(1, Math.floor(levels.length / 3))
  const between = (of: (level: Level) => number): [number, number] => [
    median(levels.slice(0, third).map(of)),
    median(levels.slice(-third).map(of)),
  ]
  const [memory, laterMemory] = between((level) => level.memory)
  const [descriptors, laterDescriptors] = between((level) => level.descriptors)
  const grown: string[] = []
  if (laterMemory > memory * (1 + allowance.share) + allowance.memory)
    grown.push(`memory has grown from ${memory.toFixed(1)} to ${laterMemory.toFixed(1)} MiB`)
  if (laterDescriptors > descriptors + allowance.descriptors)
    grown.push(`descriptors have grown from ${descriptors} to ${laterDescriptors}`)
  return grown
}
