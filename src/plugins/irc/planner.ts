// What to ask next, from what is known: the most urgent first, then who was asked about the longest time ago (pure).
import { type Abilities, isPushed } from './abilities.ts'
import type { Channels } from './channels.ts'
import type { Nick } from './nick.ts'
import type { Nicks } from './nicks.ts'
import type { People } from './people.ts'
import { fitting, type Question, USERHOST_LIMIT } from './questions.ts'

export interface Plan {
  readonly nicks: Nicks
  readonly people: People
  readonly channels: Channels
  readonly abilities: Abilities
  /** Milliseconds between two rounds about whoever is not pushed. */
  readonly interval: number
}

/** So long without a word, and the server is asked for a sign of life. Milliseconds. */
export const IDLE = 20_000
/** So often the servers of the network are asked for while nobody is missing, to know which there are, in milliseconds. */
export const LINKS_INTERVAL = 60_000
/** Nobody tells of a new text of somebody who stays away, where that is not pushed: it is asked for in one round of so many. */
export const TEXT_ROUNDS = 4

export class Planner {
  readonly #plan: Plan
  #unmonitored: Nick[]
  /** The servers of the network are to be asked for anew by then; undefined before the first question. */
  #linksDue: number | undefined
  #last: Question['kind'] | undefined
  /** LINKS can't be asked for here. */
  linksRefused = false

  constructor(plan: Plan) {
    this.#plan = plan
    this.#unmonitored = [...plan.nicks]
      .filter(({ followed, impossible }) => followed && !impossible)
      .slice(0, plan.abilities.monitor)
  }

  /** The servers of the network are to be asked for soon. */
  askLinks(now: number): void {
    this.#linksDue = Math.min(this.#linksDue ?? now, now)
  }

  /** MONITOR can't be asked for here. */
  refuseMonitor(): void {
    this.#unmonitored = []
  }

  /** The next question; undefined when there is none now. It counts as asked. */
  next(now: number, heardAt: number): Question | undefined {
    this.#linksDue ??= now
    const question = this.#choose(now, heardAt)
    this.#last = question?.kind ?? this.#last
    if (question?.kind === 'links') this.#linksDue = now + LINKS_INTERVAL
    return question
  }

  /** Whether the server was told whom it shall tell of. */
  get started(): boolean {
    return this.#unmonitored.length === 0
  }

  #choose(now: number, heardAt: number): Question | undefined {
    const { channels, nicks } = this.#plan
    const out = fitting(channels.due(now), ({ name }) => name)
    if (out.length > 0) return { kind: 'join', channels: out.map(({ name }) => name) }
    const monitor = fitting(this.#unmonitored, ({ name }) => name)
    if (monitor.length > 0) {
      this.#unmonitored = this.#unmonitored.slice(monitor.length)
      return { kind: 'monitor', nicks: monitor }
    }
    const links = { kind: 'links' } as const
    const urgent = nicks.unclear && !this.linksRefused
    // Not twice in a row, so that people who come and go all the time don't keep everybody else waiting.
    if (urgent && this.#last !== 'links') return links
    return this.#oldest(now) ?? (urgent ? links : now - heardAt >= IDLE ? { kind: 'ping' } : undefined)
  }

  /** About whom or what nothing was asked for the longest time, among all that is due. */
  #oldest(now: number): Question | undefined {
    const { channels, nicks, abilities, interval } = this.#plan
    const due: { nick: Nick; at: number }[] = []
    for (const nick of nicks) {
      const at = this.#dueAt(nick, now)
      if (at <= now) due.push({ nick, at })
    }
    due.sort((one, other) => one.at - other.at)
    const [first] = due
    for (const { name, state, checkedAt } of channels) {
      if (state !== 'listed') continue
      const repeated = abilities.awayNotify ? Number.POSITIVE_INFINITY : (checkedAt ?? 0) + interval
      // One line for everybody in it: before what is as urgent.
      const at = checkedAt === undefined ? 0 : repeated
      if (at <= Math.min(now, first?.at ?? now)) {
        return { kind: 'who', channel: name, whox: abilities.whox && abilities.byAccount }
      }
    }
    if (!this.linksRefused && (this.#linksDue ?? now) <= Math.min(now, first?.at ?? now)) return { kind: 'links' }
    if (first === undefined) return undefined
    if (this.#wantsWhois(first.nick, now)) return { kind: 'whois', nick: first.nick }
    const together = due.map(({ nick }) => nick).filter((nick) => !this.#wantsWhois(nick, now))
    return { kind: 'userhost', nicks: together.slice(0, USERHOST_LIMIT) }
  }

  /** When it must be asked about; whatever can't wait comes first. */
  #dueAt(nick: Nick, now: number): number {
    const { abilities, interval } = this.#plan
    if (!this.matters(nick)) return Number.POSITIVE_INFINITY
    if (nick.recheck || nick.checkedAt === undefined) return 0
    if (this.#wantsWhois(nick, now)) return 1
    if (isPushed(nick, abilities) || this.#seenByWho(nick)) return Number.POSITIVE_INFINITY
    return nick.checkedAt + interval
  }

  /** Whether anybody would hear of it. */
  matters(nick: Nick): boolean {
    const { abilities, people } = this.#plan
    if (nick.impossible) return false
    if (!nick.followed && nick.channels.size === 0) return false
    return abilities.byAccount || nick.followed || people.userOf(nick) !== undefined
  }

  /** WHO of a channel tells whether it is away, as often as asking would. */
  #seenByWho({ channels, being }: Nick): boolean {
    return channels.size > 0 && being !== 'unknown' && !this.#plan.abilities.byAccount
  }

  /** Only WHOIS tells texts and accounts, of one nick a line; USERHOST is for five. */
  #wantsWhois(nick: Nick, now: number): boolean {
    if (nick.being !== 'here' && nick.being !== 'away') return false
    const { abilities, interval } = this.#plan
    if (nick.being === 'away' && nick.text === undefined) return true
    if (abilities.byAccount && nick.account === undefined) return true
    if (isPushed(nick, abilities)) return false
    if (nick.being === 'away' && nick.textAt + TEXT_ROUNDS * interval <= now) return true
    return abilities.byAccount && (nick.checkedAt ?? 0) + interval <= now
  }
}
