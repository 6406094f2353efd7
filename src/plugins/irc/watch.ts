// All that is known in one session, and what to ask next: messages and time in, lines and changes of users out (pure).
import type { Abilities } from './abilities.ts'
import { isPushed } from './abilities.ts'
import { Channels } from './channels.ts'
import type { Situation } from './describe.ts'
import { Dialogue, type Outcome } from './dialogue.ts'
import { Identities, type Identity } from './identities.ts'
import type { ServerFeatures } from './isupport.ts'
import type { IrcMessage } from './message.ts'
import type { Nick } from './nick.ts'
import { Nicks } from './nicks.ts'
import { PACE } from './pacing.ts'
import { type Change, People, TEXT_PATIENCE } from './people.ts'
import { Planner } from './planner.ts'
import { lineOf, USERHOST_LIMIT } from './questions.ts'
import { Reducer, type Scene } from './reducer.ts'

export interface WatchRules {
  readonly features: ServerFeatures
  readonly capabilities: ReadonlySet<string>
  /** The own nick. */
  readonly self: string
  readonly identities: readonly Identity[]
  readonly domain: string | undefined
  readonly byAccount: boolean
  readonly busyWords: readonly string[]
  readonly channels: readonly string[]
  /** In milliseconds. */
  readonly interval: number
  readonly grace: number
}

/** So many servers that have gone are remembered. */
const LOST_LIMIT = 100

export class Watch {
  readonly #rules: WatchRules
  readonly #abilities: Abilities
  readonly #identities: Identities
  readonly #nicks: Nicks
  readonly #people: People
  readonly #channels: Channels
  readonly #reducer: Reducer
  readonly #dialogue: Dialogue
  readonly #planner: Planner
  readonly #scene: Scene
  readonly #tooLong: string[] = []
  /** The network's servers when they were last asked for. */
  #servers: ReadonlySet<string> | undefined
  /** Those that have gone and are not back. */
  #lost: readonly string[] = []
  #settled = false

  constructor(rules: WatchRules) {
    this.#rules = rules
    const { features, capabilities, byAccount } = rules
    const mapping = features.caseMapping
    const extendedMonitor = capabilities.has('extended-monitor') || capabilities.has('draft/extended-monitor')
    this.#abilities = {
      ...{ monitor: features.monitor, whox: features.whox, extendedMonitor, byAccount },
      awayNotify: capabilities.has('away-notify'),
      accountNotify: capabilities.has('account-notify'),
      extendedJoin: capabilities.has('extended-join'),
    }
    this.#identities = new Identities({ mapping, identities: rules.identities, domain: rules.domain })
    this.#nicks = new Nicks(mapping, rules.grace)
    this.#people = new People({ identities: this.#identities, byAccount, busyWords: rules.busyWords })
    this.#channels = new Channels(rules.channels, (name) => this.#nicks.fold(name))
    for (const { id, userId } of this.#identities.all()) {
      const nick = this.#nicks.follow(id)
      this.#people.expect(nick, userId)
      // The server would cut it, or answer for somebody else.
      if (id.length <= features.nickLength) continue
      this.#tooLong.push(id)
      nick.impossible = true
      this.#nicks.absent(nick, 'told', 0)
    }
    this.#scene = {
      ...{ nicks: this.#nicks, channels: this.#channels, features, self: rules.self },
      extendedJoin: this.#abilities.extendedJoin,
    }
    this.#reducer = new Reducer(this.#scene)
    this.#dialogue = new Dialogue(this.#nicks, this.#channels)
    this.#planner = new Planner({
      ...{ nicks: this.#nicks, people: this.#people, channels: this.#channels },
      ...{ abilities: this.#abilities, interval: rules.interval },
    })
  }

  /** Whether everybody is known who can be known. */
  get settled(): boolean {
    return this.#settled
  }

  /** Takes a message. Throws when the server can't answer what has to be asked. */
  read(message: IrcMessage, now: number): void {
    this.#reducer.apply(message, now)
    const outcome = this.#dialogue.read(message, now)
    if (outcome !== undefined && outcome !== 'answered') this.#conclude(outcome, now)
    // A server that has come back can be lost again before the next answer.
    if (this.#nicks.returned) this.#servers = new Set([...(this.#servers ?? []), ...this.#lost])
    if (this.#nicks.arrived) this.#planner.askLinks(now)
    this.#nicks.returned = false
    this.#nicks.arrived = false
  }

  /** The line to send now, if any; it counts as sent. None while the answer to the last one is missing. */
  next(now: number, heardAt: number): string | undefined {
    if (this.#dialogue.waiting) return undefined
    const question = this.#planner.next(now, heardAt)
    if (question === undefined) return undefined
    this.#dialogue.ask(question, now)
    return lineOf(question)
  }

  /** Time passes. Throws when the server is too late with an answer. */
  tick(now: number): void {
    const late = this.#dialogue.late(now)
    if (late !== undefined) throw new Error(`the server does not answer any more: ${late} got no answer in time`)
    this.#nicks.expire(now)
    // Where nothing tells a netsplit from a person who leaves, nobody is gone too soon.
    if (this.#planner.linksRefused && this.#nicks.unclear) this.#nicks.decide(true, now)
    for (const nick of this.#nicks) {
      const textIsLate = nick.being === 'away' && nick.text === undefined && now - nick.awaySince >= TEXT_PATIENCE
      if (textIsLate) this.#nicks.changed.add(nick)
    }
  }

  /** What has changed since the last call. */
  changes(now: number): Change[] {
    const changes: Change[] = []
    for (const nick of this.#nicks.changed) changes.push(...this.#people.update(nick, this.#nicks.knows(nick), now))
    this.#nicks.changed.clear()
    if (!this.#settled && this.#complete(now)) {
      this.#settled = true
      changes.push(...this.#people.settle(now))
    }
    return changes
  }

  situation(): Omit<Situation, 'where' | 'source'> {
    const nicks = [...this.#nicks]
    const followed = nicks.filter((nick) => nick.followed)
    const members = nicks.filter((nick) => nick.channels.size > 0)
    // Before the server was told whom to tell of, nothing can be said of that.
    const isPolled = (nick: Nick) => this.#planner.started && !nick.impossible && !isPushed(nick, this.#abilities)
    const polled = followed.filter(isPolled)
    const { byAccount } = this.#rules
    const present = nicks.filter(({ being }) => being === 'here' || being === 'away')
    const nobodys = (byAccount ? present.filter((nick) => nick.account) : members).filter(
      (nick) => this.#people.userOf(nick) === undefined,
    )
    return {
      followed: followed.length,
      pushed: followed.length - polled.length,
      monitor: this.#abilities.monitor > 0,
      overflow: Math.max(this.#reducer.monitorRefused, followed.length - this.#abilities.monitor),
      round: Math.max(this.#rules.interval, Math.ceil(polled.length / (byAccount ? 1 : USERHOST_LIMIT)) * PACE) / 1000,
      members: members.length,
      overlooked: this.#nicks.overlooked,
      channelsIn: [...this.#channels].filter(({ state }) => state !== 'out').map(({ name }) => name),
      channelsOut: [...this.#channels].flatMap(({ name, state, reason }) =>
        state === 'out' ? [{ name, reason: reason ?? 'not tried yet' }] : [],
      ),
      impossible: [...this.#identities.impossible, ...this.#tooLong],
      doubtful: this.#identities.doubtful,
      leftOut: this.#identities.leftOut,
      unmapped: nobodys.map((nick) => (byAccount ? (nick.account ?? '') : nick.name)),
      withoutAccount: byAccount ? present.filter(({ account }) => account === null).map(({ name }) => name) : [],
    }
  }

  #complete(now: number): boolean {
    if (this.#dialogue.waiting || !this.#planner.started || !this.#channels.settled) return false
    // Who leaves from now on is compared with this.
    if (this.#servers === undefined && !this.#planner.linksRefused) return false
    for (const nick of this.#nicks) {
      if (this.#planner.matters(nick) && this.#people.undetermined(nick, now)) return false
    }
    return true
  }

  #conclude(outcome: Exclude<Outcome, 'answered'>, now: number): void {
    if ('servers' in outcome) {
      const { servers } = outcome
      // Before the first answer nobody knows which servers there were; then nobody is gone too soon.
      const isFirst = this.#servers === undefined
      const lost = [...(this.#servers ?? [])].filter((name) => !servers.has(name))
      this.#lost = [...this.#lost.filter((name) => !servers.has(name)), ...lost].slice(-LOST_LIMIT)
      this.#servers = servers
      this.#nicks.decide(isFirst || lost.length > 0, now)
      return
    }
    if (!outcome.forGood) return
    const { refused } = outcome
    if (refused.kind === 'links') this.#planner.linksRefused = true
    else if (refused.kind === 'monitor') this.#planner.refuseMonitor()
    else if (refused.kind === 'who') this.#channels.checked(refused.channel, now)
    else
      throw new Error(
        `the server does not let us use ${lineOf(refused).split(' ', 1)[0]}, without which nobody can be followed`,
      )
  }
}
