// People in web clients: tabs with a heartbeat of the SDK (spreed), and what they say of themselves (manual).
import { setTimeout as wait } from 'node:timers/promises'
import { type KeepAlive, PresenceClient } from '../../src/client/index.ts'
import type { State } from './history.ts'
import type { Action } from './plan.ts'
import { GONE, NOTHING, Role } from './role.ts'
import { HEARTBEAT, LAPSE } from './settings.ts'

/** How to ask the daemon as somebody. */
export interface Way {
  readonly url: string
  token(user: string): string
}

/** Milliseconds: a daemon that is stopped answers nothing. */
const TIMEOUT = 2_000
/** How much later than it was sent a heartbeat may count, in milliseconds. */
const SLACK = 1_000

export function clientOf(way: Way, person: string, fetch?: typeof globalThis.fetch): PresenceClient {
  const token = () => way.token(person)
  return new PresenceClient({ ...{ url: way.url, token, timeout: TIMEOUT }, ...(fetch && { surroundings: { fetch } }) })
}

interface Tab {
  readonly name: string
  status: Action['status']
  message: string
  readonly began: number
  /** Its person has left, or it has died. */
  over: boolean
  /** Says nothing any more, not even good bye. */
  dead: boolean
  keepAlive: KeepAlive | undefined
  /** When the last heartbeat was sent that was acknowledged, and how long it was until the one before, at the worst. */
  heard: number
  gap: number
}

const MOST_AVAILABLE = ['available', 'busy', 'away'] as const

export class SpreedRole extends Role {
  readonly #way: Way
  readonly #several: boolean
  #tabs: Tab[] = []
  #count = 0

  constructor(way: Way, person: string, devices: readonly string[]) {
    super(person, 'spreed', NOTHING)
    this.#way = way
    this.#several = devices.length > 1
  }

  expected(): State {
    return speaker(this.#tabs.filter(({ over }) => !over))
  }

  async act({ verb, device, message, ...action }: Action): Promise<void> {
    const status = this.#several ? statusOfTab(device, action.status) : action.status
    if (verb === 'comes') return this.#open(device, status, message)
    const tab = this.#tabs.find(({ name, over }) => name === device && !over)
    if (tab === undefined) throw new Error(`${this.person} has no tab ${device}`)
    if (verb === 'says') {
      Object.assign(tab, { status, message })
      this.note()
      tab.keepAlive?.update({ status, message })
      return
    }
    tab.over = true
    tab.dead = verb === 'vanishes'
    this.note()
    await tab.keepAlive?.stop()
  }

  #open(name: string, status: Action['status'], message: string): void {
    const now = performance.now()
    const tab: Tab = {
      ...{ name, status, message, began: now, over: false, dead: false, keepAlive: undefined },
      ...{ heard: now, gap: 0 },
    }
    this.#count += 1
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (tab.dead) throw new Error('this tab has died')
      const sent = performance.now()
      const response = await globalThis.fetch(input, init)
      if (response.status === 200 && init?.method === 'PUT') {
        tab.gap = Math.max(tab.gap, sent - tab.heard)
        tab.heard = sent
      }
      return response
    }
    const client = clientOf(this.#way, this.person, fetch)
    this.#tabs.push(tab)
    this.note()
    const session = `${name} ${this.#count}`
    tab.keepAlive = client.keepAlive(this.person, { status, message, session, interval: HEARTBEAT })
  }

  /** Whoever could not be heard for longer than the deadline was unavailable for a while. */
  override excuses(state: State, now: number): boolean {
    const lapsed = ({ heard, gap, over }: Tab): boolean => !over && Math.max(gap, now - heard) >= LAPSE * 1000 - SLACK
    if (!this.#tabs.some(lapsed)) return false
    const alone = this.#tabs.map((tab) => speaker([tab]))
    return state === GONE || alone.includes(state)
  }

  override due(): number {
    return Math.max(0, ...this.#tabs.filter(({ over }) => over).map(({ heard }) => heard + LAPSE * 1000))
  }

  /** A round is over: what lapsed in it excuses nothing any more. */
  forget(): void {
    const now = performance.now()
    this.#tabs = this.#tabs.filter(({ over, heard }) => !over || heard + LAPSE * 1000 + SLACK > now)
    for (const tab of this.#tabs) tab.gap = 0
  }

  /** A tab that has gone without a word (or whose good bye was not heard) speaks until its deadline. */
  protected override note(): void {
    this.history.add(speaker(this.#tabs))
    const deadlines = this.#tabs.filter(({ dead }) => dead).map(({ heard }) => heard + LAPSE * 1000)
    this.history.add(this.expected(), Math.max(0, ...deadlines))
  }

  async end(): Promise<void> {
    for (const tab of this.#tabs) tab.dead = true
    await Promise.all(this.#tabs.map(({ keepAlive }) => keepAlive?.stop()))
  }
}

function speaker(tabs: readonly Tab[]): State {
  const [best] = [...tabs].sort(
    (one, other) =>
      MOST_AVAILABLE.indexOf(one.status) - MOST_AVAILABLE.indexOf(other.status) || other.began - one.began,
  )
  return best === undefined ? GONE : `${best.status}: ${best.message}`
}

/** Two tabs never say the same, so that who speaks does not depend on which heartbeat was heard first after a pause. */
function statusOfTab(device: string, status: Action['status']): Action['status'] {
  if (device !== 'phone') return 'busy'
  return status === 'away' ? 'away' : 'available'
}

/** Milliseconds between two attempts at a daemon that is away. */
export const AGAIN = 100

export class ManualRole extends Role {
  readonly #client: PresenceClient
  #state: State = NOTHING
  #due = 0

  constructor(way: Way, person: string) {
    super(person, 'manual', NOTHING)
    this.#client = clientOf(way, person)
  }

  expected(): State {
    return this.#state
  }

  override due(): number {
    return this.#due
  }

  async act({ verb, status, message, lasts }: Action): Promise<void> {
    const sent = performance.now()
    if (verb === 'goes' || verb === 'vanishes') {
      this.#state = NOTHING
      this.note()
      return acknowledged(() => this.#client.withdraw(this.person, 'manual'))
    }
    this.#state = `${status}: ${message}`
    this.note()
    await acknowledged(() => {
      if (lasts !== undefined) this.#due = performance.now() + lasts * 1000
      const lifetime = lasts === undefined ? {} : { expiresIn: lasts }
      return this.#client.set(this.person, 'manual', { status, message, ...lifetime })
    })
    if (lasts === undefined) return
    this.#state = NOTHING
    this.history.add(NOTHING, sent + lasts * 1000)
  }

  end(): void {}
}

/** Until the daemon, which may be away, has acknowledged it. */
export async function acknowledged(ask: () => Promise<unknown>): Promise<void> {
  for (const begin = performance.now(); ; ) {
    try {
      await ask()
      return
    } catch (error) {
      if (performance.now() - begin > 120_000) throw error
      await wait(AGAIN)
    }
  }
}
