// The long form of the test of several nodes: `npm run nodes -- --changes 20000 --seed 7`; --rounds for at least so many faults; --short is
// the story of `npm test`.
import { parseArgs } from 'node:util'
import { runLongForm } from '../chaos/long-form.ts'
import { runNodes } from './nodes.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000) + 1) },
    changes: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '28' },
    short: { type: 'boolean', default: false },
  },
})
const [seed = 1, changes = 0, rounds = 0] = [values.seed, values.changes, values.rounds].map(Number)
console.log(`nodes with --seed ${seed} --changes ${changes} --rounds ${rounds}`)
const options = { seed, changes, rounds, short: values.short }
await runLongForm((cleanUps, tell) => runNodes(options, cleanUps, tell), 'all was right')
