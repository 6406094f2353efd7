// A short run of every fuzz target; the long one is `npm run fuzz`.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { targets } from './all-targets.ts'
import { describeFailure, supervise } from './supervise.ts'

/** Each run of the tests tries the same cases, unless FUZZ_SEED says otherwise. */
const seed = Number(process.env.FUZZ_SEED ?? 20_261_123)

suite(`whatever comes (FUZZ_SEED=${seed})`, () => {
  for (const target of targets()) {
    test(target.about, async (t) => {
      const report = await supervise(target, { seed, runs: target.shortRuns })
      assert.equal(report.failure, undefined, describeFailure(report))
      assert.equal(report.runs, target.shortRuns)
      t.diagnostic(
        `${report.seconds.toFixed(1)} s, ${Math.round(report.memory)} MiB: ${JSON.stringify(report.verdicts)}`,
      )
    })
  }
})
