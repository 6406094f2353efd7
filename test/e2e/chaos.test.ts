// Chaos in its short form: twelve faults of the servers, the links, the daemon and its watchers, while people come, go and publish.
import { test } from 'node:test'
import { runChaos } from '../chaos/chaos.ts'

/** The same story each time; CONTRIBUTING.md tells how to repeat one, and the long form. */
const SEEDS = [1]
const ROUNDS = 12
const CYCLES = 6
/** Three minutes on a quiet machine. */
const TIMEOUT = 900_000

for (const seed of SEEDS) {
  test(`after each of ${ROUNDS} faults every answer is right again, nobody has flapped, and nothing is lost (seed ${seed})`, {
    timeout: TIMEOUT,
  }, async (t) => {
    await runChaos({ seed, rounds: ROUNDS, cycles: CYCLES, short: true }, t, (line) => t.diagnostic(line))
  })
}
