// How many files, connections among them, this process may have open at once.
import { readFileSync } from 'node:fs'

/** The limit in force (Node.js raises the soft one to the hard one at its start); infinite where the system doesn't tell. */
export function openFilesLimit(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
