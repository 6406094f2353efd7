// Walks over all users without holding up the event loop.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { UserRecord, UserTable } from './user-table.ts'

/** How many users are visited in one turn of the loop: a few milliseconds' worth. */
const SLICE = 5_000

/** Visits every user; others run between the slices. Resolves to false when a visitor said false, which ends the walk. */
export async function inSlices(table: UserTable, visit: (user: UserRecord) => boolean): Promise<boolean> {
  for (const slice of table.slices(SLICE)) {
    for (const user of slice) if (!visit(user)) return false
    if (slice.length === SLICE) await nextTurn()
  }
  return true
}
