// What a measurement hands on to the one table of `npm run bench`: rows, each with its target, and sentences about what is missing.
import { writeFileSync } from 'node:fs'
import { median, printTable } from './table.ts'

export interface Target {
  readonly is: 'at least' | 'at most'
  readonly value: number
}

export interface Row {
  readonly work: string
  /** The median of the rounds, in `unit`: `requests/s`, `ms`, `bytes`, ... */
  readonly value: number
  readonly unit: string
  /** How many times the yardstick of the same rounds: the median, and the least and the most. */
  readonly ratio?: Ratio | undefined
  /** Of the ratio where there is one, else of the value. Without one the row is only reported. */
  readonly target?: Target | undefined
  /** Microseconds of the processor for one request (event, user, ...): of what is measured, and of its yardstick. */
  readonly processor?: { readonly own: number; readonly yardstick?: number | undefined } | undefined
  /** What the slowest of a hundred took, in milliseconds. */
  readonly p99?: number | undefined
  /** The longest stall of the daemon's event loop, in milliseconds. */
  readonly stall?: number | undefined
}

export interface Ratio {
  readonly to: string
  /** The yardstick's own value. */
  readonly value: number
  readonly median: number
  readonly least: number
  readonly most: number
}

/** What one script found; `notes` are sentences. */
export interface Findings {
  readonly rows: readonly Row[]
  readonly notes: readonly string[]
}

export const atLeast = (value: number): Target => ({ is: 'at least', value })
export const atMost = (value: number): Target => ({ is: 'at most', value })

/** Undefined where there is no target. */
export function isMet({ value, ratio, target }: Row): boolean | undefined {
  if (target === undefined) return undefined
  const found = ratio?.median ?? value
  return target.is === 'at least' ? found >= target.value : found <= target.value
}

/** To the runner, which told where; when the script was started alone, to whoever reads. A target that is not met ends the script with 1. */
export function handOn(rows: readonly Row[], notes: readonly string[] = []): void {
  if (rows.some((row) => isMet(row) === false)) process.exitCode = 1
  const file = process.env.BENCH_FINDINGS
  if (file === undefined) {
    printTable(HEADS, rows.map(cellsOf))
    for (const note of notes) console.log(note)
  } else {
    const findings: Findings = { rows, notes }
    writeFileSync(file, JSON.stringify(findings))
  }
}

export const HEADS = ['work', 'measured', 'ratio', 'target', '', 'p99', 'stall', 'processor']

/** A row as people read it, under `HEADS`. */
export function cellsOf(row: Row): string[] {
  const { work, value, unit, ratio, target, p99, stall, processor } = row
  const met = isMet(row)
  const sign = target?.is === 'at least' ? '>=' : '<='
  const yardstick = processor?.yardstick === undefined ? '' : ` (${number(processor.yardstick)})`
  return [
    work,
    `${number(value)} ${unit}`,
    ratio === undefined
      ? ''
      : `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}-${ratio.most.toFixed(2)}) x ${ratio.to}'s ${number(ratio.value)}`,
    target === undefined ? '' : `${sign} ${target.value.toLocaleString('en')}`,
    met === undefined ? '' : met ? 'met' : 'NOT met',
    p99 === undefined ? '' : `${number(p99)} ms`,
    stall === undefined ? '' : `${number(stall)} ms`,
    processor === undefined ? '' : `${number(processor.own)}${yardstick} µs`,
  ]
}

/** The ratio of each round to that of the yardstick. */
export function ratioOf(to: string, own: readonly number[], yardstick: readonly number[]): Ratio {
  const ratios = own.map((one, round) => one / (yardstick[round] ?? 0))
  return { to, value: median(yardstick), median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) }
}

/** Three digits say enough. */
function number(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}
