// From roster and presence to what is known of each user (pure: time is an argument, and it only answers).
import type { Publication } from '../../core/presence.ts'
import { dropResources, type Resource, type Resources, setResource, speaker } from './resources.ts'
import type { PresenceStanza, RosterItem } from './stanza.ts'
import { type UserIdRules, userOf } from './user-ids.ts'

/** What is new of a user; without a publication nothing is known of them any more. */
export interface Change {
  readonly userId: string
  readonly publication?: Publication
}

/** How many contacts there are, and of whom nothing can be known. */
export interface Counts {
  /** Contacts whose presence the account may see. */
  readonly seen: number
  /** Contacts who don't let the account see them. */
  readonly unseen: number
  /** Contacts of domains that don't count. */
  readonly foreign: number
}

interface User {
  readonly userId: string
  /** The folded bare JIDs of the contacts who are this user. */
  readonly contacts: Set<string>
  readonly resources: Resources
  answer: Publication | undefined
}

/** A contact who is not seen is kept only to be counted. */
type Contact = User | 'unseen' | 'foreign'

/** Without the words of whoever left: some servers put their own there, and a new session could not learn them again. */
const NOBODY_THERE: Publication = { status: 'unavailable', message: '' }

export class Contacts {
  readonly #rules: UserIdRules
  readonly #contacts = new Map<string, Contact>()
  readonly #users = new Map<string, User>()
  #unseen = 0
  #foreign = 0
  #silent = 0
  #order = 0
  #firstWords = 0
  #settled = false

  constructor(rules: UserIdRules) {
    this.#rules = rules
  }

  get counts(): Counts {
    const unseen = this.#unseen
    const foreign = this.#foreign
    return { seen: this.#contacts.size - unseen - foreign, unseen, foreign }
  }

  /** How many devices and users were heard of for the first time: while this grows, everybody is still being learned. */
  get firstWords(): number {
    return this.#firstWords
  }

  /** Whether every user has been heard of. */
  get complete(): boolean {
    return this.#silent === 0
  }

  /** Whether a contact's presence can be seen. */
  sees(bare: string): boolean {
    return typeof this.#contacts.get(bare) === 'object'
  }

  /** Whether somebody could be one of our users, if they were a contact. */
  mayCount(bare: string): boolean {
    return 'userId' in userOf(bare, this.#rules)
  }

  /** A contact as the roster has it now. */
  item({ bare, subscription }: RosterItem): Change | undefined {
    if (subscription === 'remove') return this.#forget(bare)
    const user = userOf(bare, this.#rules)
    if ('ignored' in user) {
      if (user.ignored === 'foreign') this.#count(bare, 'foreign')
      return undefined
    }
    if (subscription === 'to' || subscription === 'both') return this.#see(bare, user.userId)
    const change = this.#forget(bare)
    this.#count(bare, 'unseen')
    return change
  }

  /** A presence stanza; undefined when it changes nothing, or is none of ours. */
  presence(stanza: PresenceStanza, now: number): Change | undefined {
    const { bare, resource } = stanza.from
    const user = this.#contacts.get(bare)
    if (typeof user !== 'object') return undefined
    if (stanza.type === 'unsubscribed') return this.#unsubscribed(bare)
    if (stanza.room) return undefined
    if (stanza.type === 'available') {
      this.#order += 1
      const devices = user.resources.size
      const spoken = setResource(user.resources, stanza, now, this.#order)
      if (user.resources.size > devices) this.#firstWords += 1
      return this.#answer(user, spoken)
    }
    if (stanza.type !== 'unavailable') return undefined
    if (user.answer === undefined) this.#firstWords += 1
    dropResources(user.resources, bare, resource)
    return this.#answer(user)
  }

  /** From now on whoever can be seen and says nothing is unavailable: those until now, and every contact to come. */
  settle(): Change[] {
    this.#settled = true
    const changes: Change[] = []
    for (const user of this.#users.values()) {
      const change = user.answer === undefined ? this.#answer(user) : undefined
      if (change !== undefined) changes.push(change)
    }
    return changes
  }

  #see(bare: string, userId: string): Change | undefined {
    const known = this.#contacts.get(bare)
    if (typeof known === 'object') return undefined
    this.#uncount(known)
    let user = this.#users.get(userId)
    if (user === undefined) {
      user = { userId, contacts: new Set(), resources: new Map(), answer: undefined }
      this.#users.set(userId, user)
      this.#silent += 1
    }
    user.contacts.add(bare)
    this.#contacts.set(bare, user)
    return this.#settled && user.answer === undefined ? this.#answer(user) : undefined
  }

  #unsubscribed(bare: string): Change | undefined {
    const change = this.#forget(bare)
    this.#count(bare, 'unseen')
    return change
  }

  #forget(bare: string): Change | undefined {
    const contact = this.#contacts.get(bare)
    this.#contacts.delete(bare)
    if (typeof contact !== 'object') {
      this.#uncount(contact)
      return undefined
    }
    contact.contacts.delete(bare)
    dropResources(contact.resources, bare, '')
    if (contact.contacts.size > 0) return contact.answer === undefined ? undefined : this.#answer(contact)
    this.#users.delete(contact.userId)
    if (contact.answer === undefined) this.#silent -= 1
    return { userId: contact.userId }
  }

  #count(bare: string, as: 'unseen' | 'foreign'): void {
    this.#uncount(this.#contacts.get(bare))
    this.#contacts.set(bare, as)
    if (as === 'unseen') this.#unseen += 1
    else this.#foreign += 1
  }

  #uncount(contact: Contact | undefined): void {
    if (contact === 'unseen') this.#unseen -= 1
    else if (contact === 'foreign') this.#foreign -= 1
  }

  /** The user's answer now, if it is another than before; `changed` is the resource that has just spoken. */
  #answer(user: User, changed?: Resource): Change | undefined {
    const before = user.answer
    const best = speaker(user.resources)
    if (before === undefined) this.#silent -= 1
    const answer = best === undefined ? NOBODY_THERE : said(best, before, changed)
    user.answer = answer
    if (before !== undefined && before.status === answer.status && before.message === answer.message) return undefined
    return { userId: user.userId, publication: answer }
  }
}

/** What a resource makes of its user. A stamp dates the status only if the resource's own words have changed it. */
function said(best: Resource, before: Publication | undefined, changed: Resource | undefined): Publication {
  const { status, message } = best
  const since = before?.status === status ? before.since : best === changed ? best.since : undefined
  return { status, message, ...(since !== undefined && { since }) }
}
