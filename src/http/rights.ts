// Who may say what, and see whom: by the owner of a token, what the administrator allows, and who is trusted.
import { isReserved, OPERATOR, READER_HOST } from '../core/reserved-users.ts'
import { foldUserId } from '../core/user-id.ts'
import { domainOf } from '../core/user-index.ts'
import type { PresenceFace } from './face.ts'
import { Problem } from './problem.ts'

/** For whom a token publishes through `/` what is not the users' own word: for anybody, its own domain, or its own user. */
export type UpdateScope = 'any' | 'domain' | 'own'

/** Whom a token sees: all users, or those of its own domain. */
export type Visibility = 'all' | 'domain'

export interface RightsRules {
  /** The users whose tokens see everybody, and may change everybody's presence; none by default. */
  readonly trustedUsers?: readonly string[]
  /** `any` by default. */
  readonly updateScope?: UpdateScope
  /** `all` by default. */
  readonly visibility?: Visibility
}

const OR_TRUSTED = 'or of one whom server_trusted_users names.'

export class Rights {
  readonly #service: Pick<PresenceFace, 'userOf'>
  #trusted: ReadonlySet<string> = new Set()
  #updateScope: UpdateScope = 'any'
  #visibility: Visibility = 'all'

  constructor(rules: RightsRules, service: Pick<PresenceFace, 'userOf'>) {
    this.#service = service
    this.configure(rules)
  }

  configure({ trustedUsers = [], updateScope = 'any', visibility = 'all' }: RightsRules): void {
    this.#trusted = new Set(trustedUsers.map(foldUserId))
    this.#visibility = visibility
    // Nobody may write where they may not see.
    this.#updateScope = updateScope === 'any' && visibility === 'domain' ? 'domain' : updateScope
  }

  /** The folded domain whose users alone the owner of a token may see; undefined: everybody. */
  domainSeenBy(owner: string): string | undefined {
    if (this.#visibility === 'all') return undefined
    const folded = foldUserId(owner)
    // Whom the administrator gives the password or a link of nobody is meant to see everybody, as on a wall.
    const isReader = isReserved(folded) && folded !== OPERATOR
    return this.#isTrusted(folded) || isReader ? undefined : domainOf(folded)
  }

  /** Whether the owner of a token may know what the sources are connected to, and of how many users they speak. */
  seesSources(owner: string): boolean {
    if (this.#visibility === 'all') return true
    const folded = foldUserId(owner)
    // Only who has the secret, as the command line, makes tokens of this user.
    return this.#isTrusted(folded) || folded === READER_HOST
  }

  /** Refuses what changes anything to whoever may only read. */
  checkWriter(owner: string): void {
    if (!isReserved(owner)) return
    throw new Problem(403, 'This token is for reading only; use one of the user whom the change is about.')
  }

  /** Whether the owner of a token may speak for a user: for themself, in whatever spelling, or for everybody. */
  speaksFor(owner: string, userId: string): boolean {
    const folded = foldUserId(owner)
    return folded === foldUserId(userId) || this.#isTrusted(folded)
  }

  /** Refuses, with this sentence, to let one speak for another. */
  checkSpeaksFor(owner: string, userId: string, refusal: string): void {
    this.checkWriter(owner)
    if (!this.speaksFor(owner, userId)) throw new Problem(403, refusal)
  }

  /**
   * Why the owner of a token may not publish through `/` what this source says of a user, as a sentence; undefined when they may. It
   * goes by the names alone, so it is the same whether the user is known or not.
   */
  refusalOf(owner: string, userId: string, source: string, ownUserOnly: boolean): string | undefined {
    const scope = ownUserOnly ? 'own' : this.#updateScope
    if (scope === 'any' || this.speaksFor(owner, userId)) return undefined
    if (scope === 'own') return `${source} can only be published with a token of the user themself, ${OR_TRUSTED}`
    const domain = domainOf(foldUserId(owner))
    // The user map may lead to somebody of another domain.
    const users = [userId, this.#service.userOf(source, userId)]
    if (users.every((user) => domainOf(foldUserId(user)) === domain)) return undefined
    return `${source} can only be published with a token of a user of the same domain, ${OR_TRUSTED}`
  }

  #isTrusted(folded: string): boolean {
    return this.#trusted.has(folded) && !isReserved(folded)
  }
}
