// Who may change what: their own presence, trusted users that of everybody, and whoever may only read nothing.
import { isReserved } from '../core/reserved-users.ts'
import { foldUserId } from '../core/user-id.ts'
import { Problem } from './problem.ts'

export class Rights {
  #trusted: ReadonlySet<string> = new Set()

  constructor(trustedUsers: readonly string[]) {
    this.configure(trustedUsers)
  }

  configure(trustedUsers: readonly string[]): void {
    this.#trusted = new Set(trustedUsers.map(foldUserId))
  }

  /** Refuses what changes anything to whoever may only read. */
  checkWriter(owner: string): void {
    if (!isReserved(owner)) return
    throw new Problem(403, 'This token is for reading only; use one of the user whom the change is about.')
  }

  /** Whether the owner of a token may speak for a user: for themself, in whatever spelling, or for everybody. */
  speaksFor(owner: string, userId: string): boolean {
    const folded = foldUserId(owner)
    return folded === foldUserId(userId) || (this.#trusted.has(folded) && !isReserved(owner))
  }

  /** Refuses, with this sentence, to let one speak for another. */
  checkSpeaksFor(owner: string, userId: string, refusal: string): void {
    this.checkWriter(owner)
    if (!this.speaksFor(owner, userId)) throw new Problem(403, refusal)
  }
}
