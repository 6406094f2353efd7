// How much one request may ask for: how many users it names, how long its messages are.
import { MESSAGE_LIMIT } from '../core/presence.ts'
import { userIdMistake } from '../core/user-id.ts'
import type { Limits } from './limits.ts'
import { Problem, type ProblemExtras } from './problem.ts'
import { grouped } from './schema-words.ts'

/** What presence.cfg may lower, never raise, below what the schemas tell. */
export class ShapeBounds {
  readonly #limits: Pick<Limits, 'maxBatch' | 'maxMessage'>

  constructor(limits: Pick<Limits, 'maxBatch' | 'maxMessage'>) {
    this.#limits = limits
  }

  /** The list with this name; throws a Problem (413) when it is too long. */
  checkBatch(name: string, list: readonly unknown[], extras: ProblemExtras = {}): void {
    const { maxBatch } = this.#limits
    if (list.length <= maxBatch) return
    throw new Problem(413, `${name} has more than ${grouped(maxBatch)} entries; send them in several requests.`, extras)
  }

  /** The same for user ids; throws a Problem (400) when one of them is none. */
  checkUserIds(name: string, userIds: readonly string[], extras: ProblemExtras = {}): void {
    this.checkBatch(name, userIds, extras)
    for (const userId of userIds) {
      const mistake = userIdMistake(userId)
      if (mistake !== undefined) throw new Problem(400, `Each of ${name} ${mistake}.`, extras)
    }
  }

  /** Throws a Problem (400) when a message is too long; only then it is asked where it stands. */
  checkMessage(message: string, extras: () => ProblemExtras): void {
    const { maxMessage } = this.#limits
    // A code point is at most two UTF-16 units, so the cheap test decides nearly always.
    if (message.length <= maxMessage || [...message.slice(0, 2 * MESSAGE_LIMIT + 1)].length <= maxMessage) return
    throw new Problem(400, `The message must not be longer than ${grouped(maxMessage)} characters.`, extras())
  }
}
