// The Lua scripts that Redis runs, read once from the files beside this one.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Script {
  readonly text: string
  /** Under which Redis keeps it. */
  readonly sha: string
}

function read(name: string): Script {
  const text = readFileSync(join(import.meta.dirname, `${name}.lua`), 'utf8')
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

export const GREET = read('greet')
export const SAVE = read('save')
export const RECORD = read('record')
export const FENCE = read('fence')
export const LEASE = read('lease')
export const RELEASE = read('release')
