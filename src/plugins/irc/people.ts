// From nicks to users: what each user's nicks say together (pure: it only answers).
import { type Publication, STATUSES } from '../../core/presence.ts'
import { foldUserId } from '../../core/user-id.ts'
import type { Identities } from './identities.ts'
import type { Nick } from './nick.ts'

/** What is new of a user; without a publication nothing is known of them any more. */
export interface Change {
  readonly userId: string
  readonly publication?: Publication
}

export interface PeopleRules {
  readonly identities: Identities
  /** Whether only a services account tells who somebody is. */
  readonly byAccount: boolean
  /** Who is away with one of these words is busy. */
  readonly busyWords: readonly string[]
}

interface User {
  /** The followed nicks at which the user is expected. */
  readonly homes: Set<Nick>
  /** The nicks that are this user now. */
  readonly voices: Set<Nick>
  said: Publication | undefined
}

/** After so long somebody away is told of without the text, which may take long to ask for where many are away. Milliseconds. */
export const TEXT_PATIENCE = 20_000

const GONE: Publication = { status: 'unavailable', message: '' }

export class People {
  readonly #rules: PeopleRules
  readonly #busy: RegExp | undefined
  readonly #users = new Map<string, User>()
  readonly #speaksFor = new Map<Nick, string>()
  #settled = false

  constructor(rules: PeopleRules) {
    this.#rules = rules
    this.#busy = busyPattern(rules.busyWords)
  }

  get count(): number {
    return this.#users.size
  }

  /** A followed nick is the home of this user. */
  expect(nick: Nick, userId: string): void {
    this.#user(userId).homes.add(nick)
  }

  /** Who a nick is, as far as that is known now. */
  userOf(nick: Nick): string | undefined {
    if (!this.#rules.byAccount) return this.#rules.identities.userOf(nick.name)
    return typeof nick.account === 'string' ? this.#rules.identities.userOf(nick.account) : undefined
  }

  /** Whether anything about a nick still has to be known before it can be told of. */
  undetermined(nick: Nick, now: number): boolean {
    if (nick.being === 'unknown') return true
    if (nick.being === 'absent') return false
    if (this.#rules.byAccount && nick.account === undefined) return true
    return nick.being === 'away' && nick.text === undefined && now - nick.awaySince < TEXT_PATIENCE
  }

  /** Something about a nick has changed, or it is not known any more. */
  update(nick: Nick, known: boolean, now: number): Change[] {
    const before = this.#speaksFor.get(nick)
    // Who has left still stands for the user who they were, until they are forgotten.
    const lingering = nick.account === undefined ? before : undefined
    const named = known ? (this.userOf(nick) ?? lingering) : undefined
    const userId = named === undefined ? undefined : foldUserId(named)
    const touched = new Set([...this.#homesOf(nick)])
    if (before !== undefined) {
      this.#users.get(before)?.voices.delete(nick)
      this.#speaksFor.delete(nick)
      touched.add(before)
    }
    if (userId !== undefined) {
      this.#user(userId).voices.add(nick)
      this.#speaksFor.set(nick, userId)
      touched.add(userId)
    }
    return [...touched].flatMap((user) => this.#answer(user, now))
  }

  /** From now on the best that is known counts, even while something else of the user is not. */
  settle(now: number): Change[] {
    this.#settled = true
    return [...this.#users.keys()].flatMap((userId) => this.#answer(userId, now))
  }

  #user(userId: string): User {
    const key = foldUserId(userId)
    let user = this.#users.get(key)
    if (user === undefined) {
      user = { homes: new Set(), voices: new Set(), said: undefined }
      this.#users.set(key, user)
    }
    return user
  }

  #homesOf(nick: Nick): string[] {
    if (!nick.followed) return []
    const userId = this.#rules.identities.userOf(nick.name)
    return userId === undefined ? [] : [foldUserId(userId)]
  }

  /** The user's answer, if it is another than before. */
  #answer(userId: string, now: number): Change[] {
    const user = this.#users.get(userId)
    if (user === undefined) return []
    if (user.homes.size === 0 && user.voices.size === 0) {
      this.#users.delete(userId)
      return user.said === undefined ? [] : [{ userId }]
    }
    const publication = this.#together(user, now)
    const { said } = user
    if (publication === undefined) return []
    if (said?.status === publication.status && said.message === publication.message) return []
    user.said = publication
    return [{ userId, publication }]
  }

  /** Undefined while nothing can be said yet. */
  #together({ homes, voices }: User, now: number): Publication | undefined {
    const nicks = [...new Set([...homes, ...voices])]
    const open = nicks.some((nick) => this.undetermined(nick, now))
    if (open && !this.#settled) return undefined
    const said = [...voices]
      .filter((nick) => !this.undetermined(nick, now))
      .map((nick) => this.#said(nick))
      .filter(({ status }) => status !== 'unavailable')
    const [best] = said.sort((one, other) => STATUSES.indexOf(one.status) - STATUSES.indexOf(other.status))
    return best ?? (open ? undefined : GONE)
  }

  #said({ being, text = '' }: Nick): Publication {
    if (being === 'here') return { status: 'available', message: '' }
    if (being !== 'away') return GONE
    return { status: this.#busy?.test(text) === true ? 'busy' : 'away', message: text }
  }
}

/** The words as words, in any case: `busy` is in "Busy!", not in "busybody". */
function busyPattern(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined
  const escaped = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})(?![\\p{L}\\p{N}])`, 'iu')
}
