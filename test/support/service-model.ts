// A simple model of the presence service: one publishable source, one collector, told as a story second by second.
import type { Status } from '../../src/core/presence.ts'

export const USERS = ['ada', 'bob', '__proto__'] as const
export const LENGTH = 120_000 // of a spreed publication
export const GRACE = 60_000
const ALLOWANCE = 30_000
const GENEROUS_STARTS = 3

/** What a source says of a user, as the model keeps it. */
interface Said {
  status: Status
  message: string
  since: number
  updated: number
  /** xmpp: what is left until it counts as gone, while its session is over; undefined while the session runs. */
  left?: number
  session: number
}

/** What one tab of a user says to spreed. */
interface Tab {
  readonly status: Status
  readonly message: string
  readonly began: number
  readonly expires: number
}

interface Unsaved {
  said: { status: Status; message: string } | undefined
  statusSince: number
  at: number
  session: number
}

interface Loss {
  session: number
  left: number
  /** When nothing was left. */
  passed?: number
}

/** A user as the model answers. */
export interface Answer {
  readonly combined: { status: Status; source: string | undefined; since: number | undefined; stale: boolean }
  readonly spreed: { status: Status; message: string; since: number } | undefined
  readonly xmpp: { status: Status; message: string; since: number; stale: boolean } | undefined
}

export class ServiceModel {
  now: number
  failing = false
  /** A collector's users have become unavailable, and that could not be saved: a restart would not know. */
  unsavedLoss = false
  readonly #spreed = new Map<string, Said>()
  readonly #tabs = new Map<string, Map<string, Tab>>()
  readonly #xmpp = new Map<string, Said>()
  readonly #unsaved = new Map<string, Unsaved>()
  readonly #since = new Map<string, { status: Status; since: number }>()
  /** The running session's number; undefined between sessions. */
  session: number | undefined
  #sessions = 0
  #settling = false
  #settleAsked = false
  #allowance = ALLOWANCE
  #losses: Loss[] = []
  starts = 1
  settledOnce = false

  constructor(now: number) {
    this.now = now
  }

  /** A client publishes, for one of the user's tabs; false when it can't be saved. */
  publish(user: string, status: Status, message: string, tab: string): boolean {
    if (this.failing) return false
    const former = this.#tabsOf(user).get(tab)
    const began = former?.status === status && former.message === message ? former.began : this.now
    if (status === 'unavailable') this.#tabsOf(user).delete(tab)
    else this.#tabsOf(user).set(tab, { status, message, began, expires: this.now + LENGTH })
    this.#speak(user, this.now, status === 'unavailable' ? message : '')
    return true
  }

  /** A client takes back what a tab said, or all of them. */
  leave(user: string, tab: string | undefined): boolean {
    if (this.failing) return false
    if (tab === undefined) this.#tabsOf(user).clear()
    else this.#tabsOf(user).delete(tab)
    this.#speak(user, this.now, '')
    return true
  }

  connect(): void {
    this.#sessions += 1
    this.session = this.#sessions
    this.#settling = true
    this.#settleAsked = false
  }

  say(user: string, status: Status | undefined, message: string): void {
    if (this.session === undefined) return
    this.#unsavedAdd(user, status === undefined ? undefined : { status, message })
    this.#flush()
  }

  settle(): void {
    if (this.session === undefined || this.#settleAsked || !this.#settling) return
    this.#settleAsked = true
    for (const user of USERS) {
      const waiting = this.#unsaved.get(user)
      const saved = this.#xmpp.get(user)
      const newest = waiting?.session ?? saved?.session
      if (newest !== undefined && newest !== this.session) this.#unsavedAdd(user, undefined)
    }
    this.#flush()
  }

  lose(): void {
    if (this.session === undefined) return
    this.#losses.push({ session: this.session, left: GRACE })
    this.session = undefined
    this.#settling = false
  }

  heal(): void {
    this.failing = false
    this.unsavedLoss = false
    this.#flush()
  }

  /** The daemon dies (or stops) and starts again later; `seen` is when the collector was last noted as seen. */
  restart(later: number, seen: number, generous: boolean): void {
    this.#unsaved.clear()
    this.session = undefined
    this.#settling = false
    this.#allowance = ALLOWANCE
    this.settledOnce = false
    this.#sessions = 0
    // Nobody looks meanwhile, but what passes passes.
    for (const said of this.#xmpp.values()) said.session = 0
    const deadline = Math.max(seen + GRACE, generous ? this.now + later + ALLOWANCE : 0)
    const left = deadline - this.now
    this.#losses = [left > 0 ? { session: 0, left } : { session: 0, left, passed: deadline }]
    for (const user of USERS) this.#expire(user)
    this.#walk(later)
  }

  static generous(starts: number): boolean {
    return starts <= GENEROUS_STARTS
  }

  forget(user: string): boolean {
    if (this.failing) return false
    this.#spreed.delete(user)
    this.#tabs.delete(user)
    this.#xmpp.delete(user)
    this.#unsaved.delete(user)
    this.#since.delete(user)
    return true
  }

  advance(milliseconds: number): void {
    this.#walk(milliseconds)
  }

  answer(user: string): Answer {
    const spreed = this.#spreed.get(user)
    const xmpp = this.#xmpp.get(user)
    const stale = xmpp !== undefined && xmpp.session !== this.session
    const decided = decide(spreed, xmpp, stale)
    const said = decided === 'spreed' ? spreed : xmpp
    return {
      combined:
        said === undefined
          ? { status: 'unavailable', source: undefined, since: undefined, stale: false }
          : {
              status: said.status,
              source: decided,
              since: this.#since.get(user)?.since,
              stale: decided === 'xmpp' && stale,
            },
      spreed: spreed && { status: spreed.status, message: spreed.message, since: spreed.since },
      xmpp: xmpp && { status: xmpp.status, message: xmpp.message, since: xmpp.since, stale },
    }
  }

  #unsavedAdd(user: string, said: Unsaved['said']): void {
    const older = this.#unsaved.get(user)
    const same = older?.said !== undefined && older.said.status === said?.status
    this.#unsaved.set(user, {
      said,
      statusSince: same ? (older?.statusSince ?? this.now) : this.now,
      at: this.now,
      session: this.session ?? 0,
    })
  }

  /** What waits is saved, when it can be. */
  #flush(): void {
    if (this.failing && this.#unsaved.size > 0) return
    for (const [user, { said, statusSince, at, session }] of this.#unsaved) {
      const before = this.#xmpp.get(user)
      if (said === undefined) this.#xmpp.delete(user)
      else {
        const since = before?.status === said.status ? before.since : statusSince
        this.#xmpp.set(user, { ...said, since, updated: at, session })
      }
      this.#expire(user)
      this.#look(user, at)
    }
    this.#unsaved.clear()
    if (this.#settleAsked && this.session !== undefined && this.#settling) {
      this.#settling = false
      this.#losses = []
      this.#allowance = ALLOWANCE
      this.starts = 0
      this.settledOnce = true
    }
  }

  /** Time passes, from one thing that happens to the next. */
  #walk(milliseconds: number): void {
    const end = this.now + milliseconds
    for (;;) {
      const holding = this.#settling && this.#allowance > 0
      const losses = this.#losses.filter(({ left }) => left > 0)
      const tabs = [...this.#tabs.values()].flatMap((some) => [...some.values()])
      const moments = [end, ...tabs.map(({ expires }) => expires)]
      if (holding) moments.push(this.now + this.#allowance)
      else moments.push(...losses.map(({ left }) => this.now + left))
      const next = Math.min(...moments.filter((moment) => moment > this.now || moment === end))
      const passed = next - this.now
      if (holding) this.#allowance -= passed
      this.now = next
      for (const loss of losses) {
        if (!holding) loss.left -= passed
        if (loss.left <= 0) loss.passed = next
      }
      for (const user of USERS) this.#expire(user)
      if (next === end) return
    }
  }

  #expire(user: string): void {
    // Those whose time is over at the same moment go together.
    const over = [...this.#tabsOf(user)].filter(([, { expires }]) => expires <= this.now)
    for (const moment of new Set(over.map(([, { expires }]) => expires).sort((one, other) => one - other))) {
      for (const [name, { expires }] of over) if (expires === moment) this.#tabsOf(user).delete(name)
      this.#speak(user, moment, '')
    }
    const xmpp = this.#xmpp.get(user)
    const loss = this.#losses.find(({ session }) => session === xmpp?.session)
    if (xmpp !== undefined && loss?.passed !== undefined && xmpp.status !== 'unavailable') {
      const since = Math.max(loss.passed, xmpp.since)
      this.unsavedLoss ||= this.failing
      Object.assign(xmpp, { status: 'unavailable', message: '', since })
      this.#look(user, since)
    }
  }

  #tabsOf(user: string): Map<string, Tab> {
    const tabs = this.#tabs.get(user) ?? new Map<string, Tab>()
    this.#tabs.set(user, tabs)
    return tabs
  }

  /** The tabs of a user have changed: who speaks for them now? With nobody left these are the last words. */
  #speak(user: string, at: number, lastWords: string): void {
    const order = ['available', 'busy', 'away']
    const [winner] = [...this.#tabsOf(user)].sort(
      ([name, one], [otherName, other]) =>
        order.indexOf(one.status) - order.indexOf(other.status) ||
        other.began - one.began ||
        (name > otherName ? -1 : 1),
    )
    const { status, message } = winner?.[1] ?? { status: 'unavailable', message: lastWords }
    const before = this.#spreed.get(user)
    const since = before?.status === status ? before.since : at
    this.#spreed.set(user, { status, message, since, updated: at, session: 0 })
    this.#look(user, at)
  }

  /** Notes since when the combined status is what it is. */
  #look(user: string, at: number): void {
    const answer = this.answer(user).combined
    const before = this.#since.get(user)
    if (answer.source === undefined) this.#since.delete(user)
    else if (before?.status !== answer.status) {
      this.#since.set(user, { status: answer.status, since: Math.max(at, before?.since ?? at) })
    }
  }
}

function decide(spreed: Said | undefined, xmpp: Said | undefined, stale: boolean): 'spreed' | 'xmpp' | undefined {
  if (spreed === undefined || xmpp === undefined) return spreed ? 'spreed' : xmpp ? 'xmpp' : undefined
  const order = ['busy', 'available', 'away', 'unavailable']
  const difference = order.indexOf(spreed.status) - order.indexOf(xmpp.status)
  if (difference !== 0) return difference < 0 ? 'spreed' : 'xmpp'
  if (stale) return 'spreed'
  return xmpp.since > spreed.since ? 'xmpp' : 'spreed'
}
