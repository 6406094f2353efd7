// The user map: joins what systems call a person into one user.
import { foldUserId } from './user-id.ts'

/** One line of `user_map_file`: what a source calls a person, and the user who that is. */
export interface UserMapping {
  readonly source: string
  readonly id: string
  readonly userId: string
}

/** Looked up by source and folded id. */
export class UserMap {
  readonly #users = new Map<string, Map<string, string>>()

  constructor(mappings: readonly UserMapping[] = []) {
    for (const { source, id, userId } of mappings) {
      const ids = this.#users.get(source) ?? new Map<string, string>()
      this.#users.set(source, ids.set(foldUserId(id), userId))
    }
  }

  /** The user whom a source means by this id; undefined without such a line. */
  find(source: string, id: string): string | undefined {
    return this.#users.get(source)?.get(foldUserId(id))
  }

  /** The folded ids that a source has lines for. */
  ids(source: string): readonly string[] {
    return [...(this.#users.get(source)?.keys() ?? [])]
  }

  /** Whether both maps say the same about a source. */
  sameFor(source: string, other: UserMap): boolean {
    const mine = this.#users.get(source) ?? new Map<string, string>()
    const theirs = other.#users.get(source) ?? new Map<string, string>()
    return mine.size === theirs.size && [...mine].every(([id, userId]) => theirs.get(id) === userId)
  }
}
