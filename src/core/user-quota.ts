// How many users there may be before clients can make no more; those whom a client is about to make count already.
import { TooManyUsersError } from './errors.ts'

/** The users known: those of a UserTable. */
export interface KnownUsers {
  readonly size: number
  get(userId: string): unknown
}

export class UserQuota {
  readonly #known: KnownUsers
  /** Of how many publications under way each user is, by the folded id. */
  readonly #underWay = new Map<string, number>()

  constructor(known: KnownUsers) {
    this.#known = known
  }

  /**
   * Holds places for these users (folded ids) until the returned function is called. Throws TooManyUsersError, and holds none,
   * when clients would make more users than `limit` in all.
   */
  hold(userIds: readonly string[], limit: number): () => void {
    const held = new Set(userIds)
    const isNew = (userId: string): boolean => this.#known.get(userId) === undefined
    const made = [...held].filter((userId) => isNew(userId) && !this.#underWay.has(userId)).length
    // Most of those under way are known: they are looked at one by one only when it matters.
    if (made > 0 && this.#known.size + this.#underWay.size + made > limit) {
      const announced = [...this.#underWay.keys()].filter(isNew).length
      if (this.#known.size + announced + made > limit) throw new TooManyUsersError(limit)
    }
    for (const userId of held) this.#underWay.set(userId, (this.#underWay.get(userId) ?? 0) + 1)
    return () => {
      for (const userId of held) this.#release(userId)
    }
  }

  #release(userId: string): void {
    const left = (this.#underWay.get(userId) ?? 1) - 1
    if (left === 0) this.#underWay.delete(userId)
    else this.#underWay.set(userId, left)
  }
}
