// The heap's growth is bounded by what is in use, in a process of its own since V8 is told once.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

/** About 40 MiB in use, and arrays that are old at once since they are large: the most that the heap had, in MiB. */
const CHURN = `
  const used = () => process.memoryUsage().heapUsed / 2 ** 20
  const kept = Array.from({ length: 300_000 }, (_, index) => ({ number: index + 0.5, list: [index, index + 1] }))
  gc()
  const [ring, before] = [[], used()]
  let most = before
  for (let index = 0; index < 2_000; index += 1) {
    ring[index % 100] = new Array(20_000).fill(index)
    most = Math.max(most, used())
  }
  console.log(most, before, kept.length)`

test('what is thrown away does not make the heap several times as large as what is in use', () => {
  const bound = `import { boundHeapGrowth } from ${JSON.stringify(new URL('../../../src/system/heap.ts', import.meta.url).href)}; boundHeapGrowth();`
  const args = ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', bound + CHURN]
  const [most = 0, before = 0] = execFileSync(process.execPath, args, { encoding: 'utf8' }).split(' ').map(Number)
  // The ring alone is 15 MiB; without the bound it comes to six times what was in use.
  assert.ok(most < 3.5 * before, `${most} MiB, with ${before} MiB before`)
})
