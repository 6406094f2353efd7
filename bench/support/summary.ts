// The whole of a run: on which machine, and what each measurement found; as a table, as JSON, and as a part of a page.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { cellsOf, type Findings, HEADS } from './report.ts'
import { printTable } from './table.ts'

export interface Machine {
  readonly date: string
  /** Of the checkout, with a `+` where files differ from it. */
  readonly commit: string
  readonly node: string
  readonly cores: number
  readonly processor: string
}

export interface Bench extends Findings {
  readonly name: string
  readonly seconds: number
}

export interface Summary extends Machine {
  /** Averages over 1, 5 and 15 minutes. The run itself makes a load of about two. */
  readonly loadBefore: readonly number[]
  readonly loadAfter: readonly number[]
  readonly benches: readonly Bench[]
}

export const BEGIN = '<!-- begin of what `npm run bench` writes -->'
export const END = '<!-- end of what `npm run bench` writes -->'

export function thisMachine(): Machine {
  const [first] = cpus()
  return {
    ...{ date: new Date().toISOString(), commit: commit(), node: process.version },
    ...{ cores: cpus().length, processor: first?.model.trim() ?? 'unknown' },
  }
}

export const load = (): readonly number[] => loadavg().map((one) => Math.round(100 * one) / 100)

function commit(): string {
  const git = (...words: string[]): string => execFileSync('git', words, { encoding: 'utf8', stdio: 'pipe' }).trim()
  try {
    return `${git('rev-parse', '--short=12', 'HEAD')}${git('status', '--porcelain', '-uno') === '' ? '' : '+'}`
  } catch {
    return 'unknown'
  }
}

export function print(summary: Summary): void {
  printTable(HEADS, summary.benches.flatMap(({ rows }) => rows).map(cellsOf))
  for (const line of linesAbout(summary)) console.log(line)
}

/** With a higher load before it, for each core, a run is that of a busy machine. */
const QUIET = 0.25
const BUSY = ' **The machine had other work: rates, delays and stalls are not those of a quiet one.**'

/** The machine, the times, and whatever a measurement has to say beside its rows. */
function linesAbout({ date, commit, node, cores, processor, loadBefore, loadAfter, benches }: Summary): string[] {
  const minutes = benches.reduce((sum, { seconds }) => sum + seconds, 0) / 60
  const isBusy = (loadBefore[0] ?? 0) > QUIET * cores
  const loads = [loadBefore, loadAfter].map((averages) => averages.map((one) => one.toFixed(2)).join(' '))
  return [
    `${date.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}, Node ${node}, ${cores} cores of ${processor}, ${minutes.toFixed(0)} minutes.`,
    `Load of the machine over 1, 5 and 15 minutes: ${loads[0]} before, ${loads[1]} after.${isBusy ? BUSY : ''}`,
    ...benches.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`)),
  ]
}

/** The same for a page. */
export function markdownOf(summary: Summary): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const [machine = '', loads = '', ...notes] = linesAbout(summary)
  return [
    `${machine} ${loads}`,
    '',
    line(HEADS),
    line(HEADS.map(() => '---')),
    ...summary.benches.flatMap(({ rows }) => rows).map((row) => line(cellsOf(row))),
    '',
    ...notes.map((note) => `- ${note}`),
  ]
    .join('\n')
    .trimEnd()
}

/** Puts it between the two marks of a page. Throws when the page has none. */
export function putInto(file: string, summary: Summary): void {
  writeFileSync(file, replaced(readFileSync(file, 'utf8'), markdownOf(summary), file))
}

export function replaced(page: string, text: string, name: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin === -1 || end < begin) throw new Error(`${name} needs a line "${BEGIN}" and, after it, a line "${END}"`)
  return `${page.slice(0, begin)}${BEGIN}\n\n${text}\n\n${page.slice(end)}`
}
