// Opens a damaged database again and again, each time damaged otherwise, and tells what came of it: a line of JSON on stdout each.
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reason } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { openEmbeddedStore } from '../../../src/store/embedded.ts'

/** Cut to a length, or with some bytes changed at a position. */
export interface Damage {
  readonly length?: number
  readonly at?: number
  readonly bytes?: string
}

export interface Came {
  readonly damage: Damage
  readonly users?: number
  readonly error?: string
  readonly sentence?: string
}

const [sound = '', path = '', damages = '[]'] = process.argv.slice(2)
const file = join(path, 'presence.mdb')
const content = readFileSync(sound)
for (const damage of JSON.parse(readFileSync(damages, 'utf8')) as readonly Damage[]) {
  // Before, so that a crash has a culprit.
  process.stdout.write(`${JSON.stringify(damage)}\n`)
  const { length, at, bytes } = damage
  const damaged = Buffer.from(content)
  if (at !== undefined && bytes !== undefined) Buffer.from(bytes, 'hex').copy(damaged, at)
  writeFileSync(file, damaged)
  if (length !== undefined) truncateSync(file, length)
  process.stdout.write(`${JSON.stringify({ damage, ...(await attempt()) })}\n`)
}

async function attempt(): Promise<Omit<Came, 'damage'>> {
  try {
    const store = await openEmbeddedStore({ path, sync: false, log: silentLog })
    try {
      let users = 0
      for await (const _ of store.load()) users += 1
      return { users }
    } finally {
      await store.close()
    }
  } catch (error) {
    return { error: error instanceof Error ? error.name : '', sentence: reason(error) }
  }
}
