// The long form of the chaos test: `npm run chaos -- --rounds 100 --seed 7`; `--short` tells the story of `npm test`, `--only WORDS`
// one of faults with these words in their names.
import { parseArgs } from 'node:util'
import { runChaos } from './chaos.ts'
import { runLongForm } from './long-form.ts'

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
await runLongForm((cleanUps, tell) => runChaos(options, cleanUps, tell), `all ${options.rounds} rounds were right`)
