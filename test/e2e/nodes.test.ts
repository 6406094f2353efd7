// Four nodes over one Redis in its short form: nodes and Redis are killed and stopped while people come, go and publish.
import { test } from 'node:test'
import { runNodes } from '../nodes/nodes.ts'

/** The same story each time; CONTRIBUTING.md tells how to repeat one, and the long form. */
const SEED = 3
const ROUNDS = 5
/** A minute on a quiet machine. */
const TIMEOUT = 600_000

test(`after each of ${ROUNDS} faults all nodes are right and equal, nobody has flapped, nothing is lost, and one session was bound (seed ${SEED})`, {
  timeout: TIMEOUT,
}, async (t) => {
  await runNodes({ seed: SEED, rounds: ROUNDS, changes: 0, short: true }, t, (line) => t.diagnostic(line))
})
