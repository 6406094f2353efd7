// From lists and changes to what is known of each user (pure: it only answers).
import type { Publication } from '../../core/presence.ts'
import { deviceKey, type Hint } from './hints.ts'
import { decide, type PresenceState } from './states.ts'
import { mapKey, type UserIdRules, UserIds } from './user-ids.ts'

/** What is new of a user; without a publication nothing is known of them any more. */
export interface Change {
  readonly userId: string
  readonly publication?: Publication
}

/** What the three lists say; the hints are those of all contexts. */
export interface Listed {
  readonly hints: readonly (Hint & { readonly context: string })[]
  readonly devices: ReadonlyMap<string, string>
  readonly presences: ReadonlyMap<string, PresenceState>
}

/** How many there are, and of whom nothing can be known. */
export interface Counts {
  /** Users of whom something is known. */
  readonly known: number
  /** Users whose devices have no state and who have set none. */
  readonly silent: number
  readonly hints: number
  /** Extensions that no line names. */
  readonly unmapped: readonly string[]
  /** Ids that have a line, but neither a hint nor a device. */
  readonly missing: readonly string[]
  /** Groups of phones of several users. */
  readonly shared: readonly string[]
  /** Hints of other contexts, and some of those contexts. */
  readonly elsewhere: number
  readonly otherContexts: readonly string[]
}

export interface DirectoryRules extends UserIdRules {
  /** The context whose hints count. */
  readonly context: string
}

interface User {
  readonly devices: Set<string>
  readonly presences: Set<string>
  answer: Publication | undefined
}

const NOTHING: Counts = {
  ...{ known: 0, silent: 0, hints: 0, elsewhere: 0 },
  ...{ unmapped: [], missing: [], shared: [], otherContexts: [] },
}
/** So many other contexts are remembered by name. */
const CONTEXTS_KEPT = 5

export class Directory {
  readonly #context: string
  readonly #ids: UserIds
  #users = new Map<string, User>()
  /** Who has a device or presence provider. */
  #byDevice = new Map<string, string[]>()
  #byPresence = new Map<string, string[]>()
  #devices = new Map<string, string>()
  #presences = new Map<string, PresenceState>()
  /** Changes since lists were asked for: newer than anything that those say. Undefined while none are under way. */
  #newer: { readonly devices: Map<string, string>; readonly presences: Map<string, PresenceState> } | undefined
  #counts = NOTHING
  /** The lists have been complete once: before, what a device says may be a part of the truth only. */
  #learned = false

  constructor(rules: DirectoryRules) {
    this.#context = rules.context
    this.#ids = new UserIds(rules)
  }

  get counts(): Counts {
    const known = [...this.#users.values()].filter(({ answer }) => answer !== undefined).length
    return { ...this.#counts, known, silent: this.#users.size - known }
  }

  /** Lists are asked for now. */
  listing(): void {
    this.#newer = { devices: new Map(), presences: new Map() }
  }

  /** The lists are complete: they replace all that was known, but for what has changed since they were asked for. */
  listed(lists: Listed): Change[] {
    this.#devices = new Map([...lists.devices, ...(this.#newer?.devices ?? [])])
    this.#presences = new Map([...lists.presences, ...(this.#newer?.presences ?? [])])
    this.#newer = undefined
    this.#learned = true
    const before = this.#users
    this.#users = new Map()
    this.#byDevice = new Map()
    this.#byPresence = new Map()
    this.#assign(lists.hints)
    const changes: Change[] = []
    for (const [userId, { answer }] of before) {
      if (answer !== undefined && !this.#users.has(userId)) changes.push({ userId })
    }
    for (const [userId, user] of this.#users) {
      user.answer = before.get(userId)?.answer
      changes.push(...this.#answer(userId, user))
    }
    return changes
  }

  /** A device has changed. */
  device(name: string, state: string): Change[] {
    const key = deviceKey(name)
    this.#newer?.devices.set(key, state)
    const users = this.#byDevice.get(key) ?? this.#claimed(key)
    if (users === undefined) return []
    this.#devices.set(key, state)
    return this.#answers(users)
  }

  /** A presence state has changed. */
  presence(name: string, state: PresenceState): Change[] {
    this.#newer?.presences.set(name, state)
    const users = this.#byPresence.get(name)
    if (users === undefined) return []
    this.#presences.set(name, state)
    return this.#answers(users)
  }

  #assign(hints: Listed['hints']): void {
    const own = hints.filter(({ context }) => context === this.#context)
    const contexts = new Set(hints.filter((hint) => hint.context !== this.#context).map(({ context }) => context))
    const unmapped: string[] = []
    const shared: string[] = []
    for (const hint of own) {
      const { userId, mapped } = this.#ids.ownerOf(hint)
      if (!mapped) unmapped.push(hint.exten)
      if (userId === undefined) {
        if (mapped) shared.push(hint.exten)
        continue
      }
      const user = this.#user(userId)
      for (const device of hint.devices) link(this.#byDevice, user.devices, device, userId)
      for (const presence of hint.presences) link(this.#byPresence, user.presences, presence, userId)
    }
    // A line for a device counts without a hint, too.
    for (const device of this.#devices.keys()) {
      const userId = this.#ids.mapped(device)
      if (userId !== undefined) link(this.#byDevice, this.#user(userId).devices, device, userId)
    }
    const there = new Set(
      [...own.flatMap(({ exten, devices }) => [exten, ...devices]), ...this.#devices.keys()].map(mapKey),
    )
    const missing = this.#ids.all.filter((id) => !there.has(mapKey(id)))
    const elsewhere = hints.length - own.length
    const otherContexts = [...contexts].slice(0, CONTEXTS_KEPT)
    this.#counts = { ...NOTHING, hints: own.length, unmapped, missing, shared, elsewhere, otherContexts }
  }

  /** Whose a device is that has had no state until now, and is in no hint. */
  #claimed(device: string): readonly string[] | undefined {
    const userId = this.#learned ? this.#ids.mapped(device) : undefined
    if (userId === undefined) return undefined
    link(this.#byDevice, this.#user(userId).devices, device, userId)
    return this.#byDevice.get(device)
  }

  #user(userId: string): User {
    const known = this.#users.get(userId)
    if (known !== undefined) return known
    const user: User = { devices: new Set(), presences: new Set(), answer: undefined }
    this.#users.set(userId, user)
    return user
  }

  #answers(userIds: readonly string[]): Change[] {
    return userIds.flatMap((userId) => {
      const user = this.#users.get(userId)
      return user === undefined ? [] : this.#answer(userId, user)
    })
  }

  /** The user's answer now, if it is another than before. */
  #answer(userId: string, user: User): Change[] {
    const before = user.answer
    const answer = decide({
      devices: [...user.devices].map((name) => [name, this.#devices.get(name)] as const),
      presences: [...user.presences].map((name) => this.#presences.get(name)),
    })
    user.answer = answer
    if (before?.status === answer?.status && before?.message === answer?.message) return []
    return [{ userId, ...(answer !== undefined && { publication: answer }) }]
  }
}

/** Notes that a user has the thing, once. */
function link(owners: Map<string, string[]>, own: Set<string>, name: string, userId: string): void {
  if (own.has(name)) return
  own.add(name)
  owners.set(name, [...(owners.get(name) ?? []), userId])
}
