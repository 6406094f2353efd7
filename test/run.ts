// Runs the tests: `npm test` for all, `npm test -- WORD...` for the files whose paths contain one of the words.
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { spec } from 'node:test/reporters'
import { inTurn, type Phase } from './support/test-phases.ts'

const TESTS = import.meta.dirname
const MINUTE = 60_000
const { words, strict } = commandLine()

const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts') && (words.length === 0 || words.some((word) => path.includes(word))))
  .sort()
// Those that start servers measure times too, so they get the machine for themselves.
const isEndToEnd = (path: string): boolean => path.startsWith('e2e/')
const phases: Phase[] = [
  { files: paths(files.filter((path) => !isEndToEnd(path))), concurrency: 2, timeout: 10 * MINUTE },
  { files: paths(files.filter(isEndToEnd)), concurrency: 1, timeout: 20 * MINUTE },
]

const { events, totals, empty } = inTurn(phases)
const reporter = new spec()
reporter.pipe(process.stdout)
for await (const event of events) {
  if (!reporter.write(event)) await once(reporter, 'drain')
}
reporter.end()
await once(reporter, 'end')

const mistakes = verdict()
for (const mistake of mistakes) console.error(mistake)
process.exitCode = mistakes.length === 0 ? 0 : 1

/** Why this run was no success; empty when it was one. */
function verdict(): string[] {
  const found = empty.map((file) => `There is no test in ${file}.`)
  if (totals.tests === 0) found.push(`No test ran${words.length === 0 ? '' : ` for ${words.join(' ')}`}.`)
  if (totals.fail > 0 || totals.cancelled > 0)
    found.push(`${totals.fail + totals.cancelled} of ${totals.tests} tests failed.`)
  if (strict && totals.skipped + totals.todo > 0) {
    found.push(`${totals.skipped + totals.todo} tests were left out, which counts as failure with CI=true.`)
  }
  return found
}

function commandLine(): { words: string[]; strict: boolean } {
  const given = process.argv.slice(2)
  const options = given.filter((word) => word.startsWith('-'))
  const unknown = options.find((option) => option !== '--strict')
  if (unknown !== undefined) {
    console.error(`Unknown option ${unknown}. Usage: npm test -- [--strict] [WORD...]`)
    process.exit(2)
  }
  return {
    words: given.filter((word) => !word.startsWith('-')),
    strict: options.length > 0 || process.env.CI === 'true',
  }
}

function paths(names: readonly string[]): string[] {
  return names.map((name) => relative(process.cwd(), join(TESTS, name)))
}
