// The long form of the chaos test: `npm run chaos -- --rounds 100 --seed 7`; `--short` tells the story of `npm test`, `--only WORDS`
// one of faults with these words in their names.
import { parseArgs } from 'node:util'
import { CleanUps } from '../support/clean-ups.ts'
import { runChaos } from './chaos.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000) + 1) },
    rounds: { type: 'string', default: '100' },
    cycles: { type: 'string', default: '40' },
    only: { type: 'string', default: '' },
    short: { type: 'boolean', default: false },
  },
})
const options = {
  ...{ seed: Number(values.seed), rounds: Number(values.rounds) },
  ...{ cycles: Number(values.cycles), short: values.short, only: values.only },
}
console.log(`chaos with --seed ${options.seed} --rounds ${options.rounds}${options.short ? ' --short' : ''}`)
const begin = performance.now()
const cleanUps = new CleanUps()
try {
  await runChaos(options, cleanUps, (line) => console.log(line))
  console.log(`all ${options.rounds} rounds were right, after ${Math.round((performance.now() - begin) / 1000)} s`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await cleanUps.run()
}
process.exit()
