// Collects garbage when a test wants it, without a flag on the command line.
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Everything that nobody holds is gone afterwards, weakly held things too. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // What the running turn of the loop has looked at stays until its end.
  for (let turn = 0; turn < 5; turn += 1) {
    await setImmediate()
    collect()
  }
}
