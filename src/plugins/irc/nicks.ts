// Every nick that is followed or met in a channel, and how the facts about it change (pure: time is an argument).
import { type CaseMapping, foldName } from './casemapping.ts'
import { type Cause, type Nick, newNick } from './nick.ts'

/** So many people of channels are known at once, and so many who have left are remembered. */
export const MEMBER_LIMIT = 10_000
export const PAST_LIMIT = 1_000

export class Nicks {
  readonly mapping: CaseMapping
  readonly #grace: number
  readonly #nicks = new Map<string, Nick>()
  readonly #past = new Set<Nick>()
  #members = 0
  /** What has changed since it was last asked for. */
  readonly changed = new Set<Nick>()
  /** How many people of channels were too many. */
  overlooked = 0
  /** Somebody has come, perhaps with a server that is new to us. */
  arrived = false
  /** Somebody has come back from a netsplit. */
  returned = false

  /** For so many milliseconds nobody who is cut off by a netsplit is gone. */
  constructor(mapping: CaseMapping, grace: number) {
    this.mapping = mapping
    this.#grace = grace
  }

  [Symbol.iterator](): IterableIterator<Nick> {
    return this.#nicks.values()
  }

  fold(name: string): string {
    return foldName(name, this.mapping)
  }

  find(name: string): Nick | undefined {
    return this.#nicks.get(this.fold(name))
  }

  follow(name: string): Nick {
    const nick = newNick(this.fold(name), name, true)
    this.#nicks.set(nick.key, nick)
    this.changed.add(nick)
    return nick
  }

  /** Somebody is seen in a channel; undefined when there are too many. */
  enters(name: string, channel: string): Nick | undefined {
    let nick = this.find(name)
    if (nick === undefined) {
      if (this.#members >= MEMBER_LIMIT) {
        this.overlooked += 1
        return undefined
      }
      nick = newNick(this.fold(name), name, false)
      this.#nicks.set(nick.key, nick)
      this.#members += 1
    }
    if (this.#past.delete(nick)) this.#members += 1
    nick.channels.add(this.fold(channel))
    this.appears(nick, name)
    return nick
  }

  /** No longer in this channel, though perhaps elsewhere. Who was only met there is forgotten. */
  leaves(nick: Nick, channel: string): void {
    nick.channels.delete(this.fold(channel))
    this.changed.add(nick)
    if (!nick.followed && nick.channels.size === 0) this.#forget(nick)
    // Where it was seen without being monitored it now has to be asked for.
    else nick.recheck = true
  }

  /** The server says that it is there, and no more. */
  appears(nick: Nick, name: string): void {
    nick.name = name
    if (nick.missing !== undefined) {
      if (nick.missing.until !== undefined) this.returned = true
      nick.missing = undefined
    } else if (nick.being !== 'absent' && nick.being !== 'unknown') return
    else nick.being = 'unknown'
    nick.recheck = true
    this.arrived = true
    this.changed.add(nick)
  }

  here(nick: Nick): void {
    nick.being = 'here'
    nick.text = undefined
    nick.missing = undefined
    this.changed.add(nick)
  }

  /** Without a text nobody has told it yet; one that is known stays. */
  away(nick: Nick, now: number, text?: string): void {
    if (nick.being !== 'away') {
      nick.text = undefined
      nick.awaySince = now
    }
    nick.being = 'away'
    nick.missing = undefined
    if (text !== undefined) {
      nick.text = text
      nick.textAt = now
    }
    this.changed.add(nick)
  }

  account(nick: Nick, account: string | null): void {
    nick.account = account
    this.changed.add(nick)
  }

  absent(nick: Nick, cause: Cause, now: number): void {
    // What was said of it ends here, whenever its absence is believed.
    if (nick.being === 'absent' && nick.missing === undefined) return
    const known = nick.being === 'here' || nick.being === 'away'
    if (cause === 'told' || !known) this.#gone(nick)
    else if (cause === 'split') nick.missing = { until: now + this.#grace }
    else nick.missing ??= { until: undefined }
    this.changed.add(nick)
  }

  /** Another name for the same person. */
  renames(from: Nick, name: string, now: number): void {
    const channels = [...from.channels]
    const { being, text, textAt, awaySince, account } = from
    if (from.key === this.fold(name)) {
      from.name = name
      this.changed.add(from)
      return
    }
    from.channels.clear()
    this.#gone(from)
    this.changed.add(from)
    if (!from.followed) this.#forget(from)
    const before = this.find(name)
    for (const channel of channels) this.enters(name, channel)
    const to = this.find(name) ?? before
    if (to === undefined || (being !== 'here' && being !== 'away')) return
    Object.assign(to, {
      being,
      text,
      textAt,
      awaySince,
      account,
      missing: undefined,
      recheck: being === 'away' && text === undefined,
    })
    to.checkedAt = now
    this.changed.add(to)
  }

  /** Whether somebody is missing of whom nothing tells why. */
  get unclear(): boolean {
    for (const { missing } of this) if (missing !== undefined && missing.until === undefined) return true
    return false
  }

  /** It is known now why they are missing: a netsplit, or they have left. */
  decide(split: boolean, now: number): void {
    for (const nick of this) {
      if (nick.missing === undefined || nick.missing.until !== undefined) continue
      if (split) nick.missing = { until: now + this.#grace }
      else this.#gone(nick)
      this.changed.add(nick)
    }
  }

  /** Whose time is over is gone. */
  expire(now: number): void {
    for (const nick of this) {
      if (nick.missing?.until === undefined || nick.missing.until > now) continue
      this.#gone(nick)
      this.changed.add(nick)
    }
  }

  #gone(nick: Nick): void {
    nick.being = 'absent'
    nick.text = undefined
    nick.account = undefined
    nick.missing = undefined
    nick.recheck = false
    nick.channels.clear()
    if (nick.followed || this.#past.has(nick)) return
    this.#members -= 1
    this.#past.add(nick)
    for (const oldest of this.#past) {
      if (this.#past.size <= PAST_LIMIT) break
      this.#forget(oldest)
    }
  }

  #forget(nick: Nick): void {
    if (!this.#past.delete(nick)) this.#members -= 1
    this.#nicks.delete(nick.key)
    nick.being = 'unknown'
    this.changed.add(nick)
  }

  /** Whether it is still one of those known. */
  knows(nick: Nick): boolean {
    return this.#nicks.get(nick.key) === nick
  }
}
