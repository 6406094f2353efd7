// Runs the measurements of this project, one after the other: `npm run bench` for all, `npm run bench -- WORD...` for some.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const words = process.argv.slice(2)
const own = import.meta.filename
const scripts = readdirSync(import.meta.dirname)
  .map((name) => join(import.meta.dirname, name))
  .filter((path) => path.endsWith('.ts') && path !== own)
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  .sort()

for (const script of scripts) {
  console.log(`\n== ${script.slice(import.meta.dirname.length + 1)}`)
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', script], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
if (scripts.length === 0) {
  console.error(`There is no measurement for ${words.join(' ')}.`)
  process.exitCode = 2
}
