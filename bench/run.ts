// Runs the measurements of this project: `npm run bench` for the targets, in one table; `npm run bench -- WORD...` for those with a word in their path.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Findings } from './support/report.ts'
import { type Bench, load, print, putInto, type Summary, thisMachine } from './support/summary.ts'

/** What belongs to the targets, in the order of the table. */
const TARGETS = ['http', 'memory', 'streams', 'expiry', 'xmpp-replay', 'xmpp-settle', 'peers']
const USAGE = 'Usage: npm run bench -- [--json FILE] [--markdown PAGE] [--from FILE | WORD...]'

const { words, json, markdown, from } = commandLine()
const summary = from === undefined ? measure() : (JSON.parse(readFileSync(from, 'utf8')) as Summary)
if (summary.benches.some(({ rows }) => rows.length > 0)) {
  console.log()
  print(summary)
}
if (json !== undefined) writeFileSync(json, `${JSON.stringify(summary, undefined, 2)}\n`)
if (markdown !== undefined) putInto(markdown, summary)

function measure(): Summary {
  const [machine, loadBefore] = [thisMachine(), load()]
  const benches = scripts().map(run)
  return { ...machine, loadBefore, loadAfter: load(), benches }
}

function scripts(): string[] {
  const all = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.ts') && name !== basename(import.meta.filename))
    .sort()
    .map((name) => join(import.meta.dirname, name))
  const chosen =
    words.length === 0
      ? TARGETS.map((name) => join(import.meta.dirname, `${name}.ts`)).filter((path) => all.includes(path))
      : all.filter((path) => words.some((word) => path.includes(word)))
  if (chosen.length > 0) return chosen
  console.error(`There is no measurement for ${words.join(' ')}.`)
  process.exit(2)
}

/** A script runs alone, in a process of its own; its words go to whoever reads, its findings into a file. */
function run(script: string): Bench {
  const name = basename(script, '.ts')
  console.log(`\n== ${name}`)
  const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-bench-'))
  try {
    const file = join(folder, 'findings.json')
    const env = { ...process.env, BENCH_FINDINGS: file }
    const begin = performance.now()
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', script], { stdio: 'inherit', env })
    const seconds = Math.round((performance.now() - begin) / 1000)
    if (status !== 0) process.exitCode = 1
    const none: Findings = { rows: [], notes: status === 0 ? [] : ['it failed, see its words above.'] }
    const found = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Findings) : none
    return { name, seconds, ...found }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function commandLine() {
  const option = { type: 'string' } as const
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: option, markdown: option, from: option },
    })
    return { ...values, words: positionals }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`)
    process.exit(2)
  }
}
