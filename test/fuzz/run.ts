// Runs the fuzz targets at length: `npm run fuzz -- [TARGET...] [--seed N] [--runs N] [--path P]`.
import { parseArgs } from 'node:util'
import { targets } from './all-targets.ts'
import { describeFailure, supervise } from './supervise.ts'
import type { AnyTarget, Report } from './target.ts'

const USAGE = 'npm run fuzz -- [TARGET...] [--seed N] [--runs N] [--path P]'
/** How often a line tells how far it is, in milliseconds. */
const LINE_INTERVAL = 10_000

const { chosen, seed, runs, path } = commandLine()
console.log(`seed ${seed}`)
const reports: Report[] = []
for (const target of chosen) {
  const report = await supervise(target, { seed, runs: runs ?? target.runs, path }, { progress: progressOf(target) })
  reports.push(report)
  console.log(line(report))
  if (report.failure !== undefined) console.error(describeFailure(report))
}
console.log(summary(reports))
process.exitCode = reports.some(({ failure }) => failure !== undefined) ? 1 : 0

function progressOf(target: AnyTarget): (done: number, memory: number) => void {
  let next = performance.now() + LINE_INTERVAL
  return (done, memory) => {
    if (performance.now() < next) return
    next = performance.now() + LINE_INTERVAL
    console.log(`${target.name}: ${count(done)} of ${count(runs ?? target.runs)}, ${Math.round(memory)} MiB`)
  }
}

function line({ name, runs: done, seconds, failure }: Report): string {
  return `${name}: ${count(done)} cases in ${Math.round(seconds)} s, ${failure === undefined ? 'all well' : 'FAILED'}`
}

function summary(all: readonly Report[]): string {
  const rows = all.map((report) => [
    report.name,
    count(report.runs),
    `${Math.round(report.seconds)} s`,
    `${Math.round(report.memory)} MiB`,
    `${report.longest.toFixed(1)} ms`,
    Object.entries(report.verdicts)
      .map(([verdict, times]) => `${verdict} ${count(times)}`)
      .join(', '),
  ])
  const table = [['target', 'cases', 'time', 'highest memory', 'longest case', 'what became of them'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function count(number: number): string {
  return number.toLocaleString('en')
}

function commandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string' }, runs: { type: 'string' }, path: { type: 'string' } },
  })
  const all = targets()
  const names = all.map(({ name }) => name)
  const unknown = positionals.find((name) => !names.includes(name))
  if (unknown !== undefined) fail(`There is no target ${unknown}; there are ${names.join(', ')}.`)
  if (values.path !== undefined && (positionals.length !== 1 || values.seed === undefined)) {
    fail('A path belongs to one target and to the --seed that was reported with it.')
  }
  return {
    chosen: positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name)),
    seed: number('seed', values.seed) ?? Date.now() | 0,
    runs: number('runs', values.runs),
    path: values.path,
  }
}

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^-?\d{1,10}$/.test(text)) fail(`--${name} must be a whole number, not ${text}.`)
  return Number(text)
}

function fail(words: string): never {
  console.error(`${words}\nUsage: ${USAGE}`)
  process.exit(2)
}
