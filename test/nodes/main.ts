// The long form of the test of several nodes: `npm run nodes -- --changes 20000 --seed 7`; --rounds for at least so many faults; --short is
// the story of `npm test`.
import { parseArgs } from 'node:util'
import { CleanUps } from '../support/clean-ups.ts'
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
const begin = performance.now()
const cleanUps = new CleanUps()
try {
  await runNodes({ seed, changes, rounds, short: values.short }, cleanUps, (line) => console.log(line))
  console.log(`all was right, after ${Math.round((performance.now() - begin) / 1000)} s`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await cleanUps.run()
}
process.exit()
