// Who is whom: which user a nick or an account is (pure).
import { type CaseMapping, foldName } from './casemapping.ts'
import { isName } from './message.ts'

/** What irc_user_map or user_map_file says: a nick or an account, and the user. */
export interface Identity {
  readonly id: string
  readonly userId: string
}

export interface IdentityRules {
  readonly mapping: CaseMapping
  /** The first one counts where two are the same to the server. */
  readonly identities: readonly Identity[]
  /** Who has no identity is `nick@domain`; nobody without it. */
  readonly domain: string | undefined
}

/** So many people are followed; the rest is left out, and told. */
export const FOLLOWED_LIMIT = 5_000

export class Identities {
  readonly #mapping: CaseMapping
  readonly #domain: string | undefined
  readonly #users = new Map<string, Identity>()
  /** Ids that are the same to this server and name another user; only the first counts. */
  readonly doubtful: string[] = []
  /** Ids that can be no name on IRC. */
  readonly impossible: string[] = []
  /** How many were too many. */
  readonly leftOut: number

  constructor({ mapping, identities, domain }: IdentityRules) {
    this.#mapping = mapping
    this.#domain = domain
    let leftOut = 0
    for (const identity of identities) {
      const key = foldName(identity.id, mapping)
      const first = this.#users.get(key)
      if (!isName(identity.id)) this.impossible.push(identity.id)
      else if (first !== undefined) {
        if (first.userId !== identity.userId) this.doubtful.push(identity.id)
      } else if (this.#users.size >= FOLLOWED_LIMIT) leftOut += 1
      else this.#users.set(key, identity)
    }
    this.leftOut = leftOut
  }

  /** Everybody who is named. */
  all(): Iterable<Identity> {
    return this.#users.values()
  }

  /** The user who a nick or an account is; undefined when nothing says so. */
  userOf(id: string): string | undefined {
    const key = foldName(id, this.#mapping)
    const named = this.#users.get(key)?.userId
    if (named !== undefined || this.#domain === undefined) return named
    return `${key}@${this.#domain}`
  }
}

/** `nick=user` as irc_user_map has it; undefined when it is none. The user may hold a `=`. */
export function readPair(text: string): Identity | undefined {
  const equals = text.indexOf('=')
  if (equals <= 0 || equals === text.length - 1) return undefined
  return { id: text.slice(0, equals), userId: text.slice(equals + 1) }
}
