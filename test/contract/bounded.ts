// How long the stores' contract may take, so that a store that hangs fails by name instead of holding up the run.
import { it as nodeIt, type TestContext } from 'node:test'

/** Of one test, or what is done before or after it: some ten times what the slowest takes. */
export const LIMIT = { timeout: 60_000 }
/** Of all tests of one store, below the limit of a file (test/run.ts). */
export const SUITE_LIMIT = { timeout: 240_000 }

/** A test that may not take longer; its context's signal ends what it waits for. */
export function it(name: string, fn: (t: TestContext) => Promise<void>): void {
  void nodeIt(name, LIMIT, fn)
}
