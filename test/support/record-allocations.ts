// `npm run allocations`: what the daemon allocates for a request, beside what was recorded; with --record it is recorded anew.
import { writeFileSync } from 'node:fs'
import { allocations, RECORDED, recorded, thisNode } from './allocations.ts'

const before = recorded()
const found = await allocations()
for (const [name, bytes] of Object.entries(found)) {
  console.log(`${name}: ${bytes} bytes, recorded ${before[thisNode()]?.[name] ?? 'nothing'}`)
}
if (process.argv.includes('--record')) {
  writeFileSync(RECORDED, `${JSON.stringify({ ...before, [thisNode()]: found }, undefined, 2)}\n`)
}
