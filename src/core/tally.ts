// What the service counts of its own work since its start, for whoever watches over the daemon.
import { Distribution } from './distribution.ts'
import type { Intent } from './saving.ts'

/** What was saved of one source. */
export interface SourceTally {
  publications: number
  /** The source says nothing of a user any more. */
  withdrawals: number
  /** The outcomes of deadlines, and of collectors that were lost for longer than their grace. */
  expiries: number
}

/** In seconds: from a fast disk to what a client gives up on. */
const SAVE_BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

export class Tally {
  readonly sources = new Map<string, SourceTally>()
  /** How long the store took for each group of changes that it saved, in seconds. */
  readonly saves = new Distribution(SAVE_BOUNDS)
  /** Groups that the store could not save. */
  failures = 0
  /** Whether the last group could not be saved. */
  failing = false

  /** A change that is in force now. */
  saved({
    source,
    publication,
    ifVersion,
    again,
  }: Pick<Intent, 'source' | 'publication' | 'ifVersion' | 'again'>): void {
    if (again) return
    let of = this.sources.get(source)
    if (of === undefined) {
      of = { publications: 0, withdrawals: 0, expiries: 0 }
      this.sources.set(source, of)
    }
    if (ifVersion !== undefined) of.expiries += 1
    else if (publication === undefined) of.withdrawals += 1
    else of.publications += 1
  }
}
