// One stream for all tabs of an origin: one of them leads and holds it, and tells the others what they want to know.
import { Backoff } from './backoff.ts'
import type { Connection } from './connection.ts'
import { asError } from './errors.ts'
import { batched, type Feed, type Sink, StreamFeed } from './feed.ts'
import type { Channel, Neighbourhood } from './surroundings.ts'
import { TabsLeader } from './tabs-leader.ts'
import { isTabMessage, type LeaderMessage, lockOfTab, type TabMessage } from './tabs-messages.ts'
import { ownerOf } from './tokens.ts'

/** For so long what all tabs want is collected, in milliseconds. */
const COLLECT = 50
/** A leader of whom nothing was heard for so long is asked whether it is there, and has so long to answer. In milliseconds. */
const ATTEND = 20_000
const ANSWER = 10_000

/** Being among the other tabs, from the first user wanted until none is. */
interface Membership {
  readonly tab: string
  readonly name: string
  readonly owner: string
  readonly channel: Channel
  readonly controller: AbortController
  /** The greatest term heard of. */
  term: number
  /** Whether the leader said anything since it was last attended to. */
  heard: boolean
  /** Calls off waiting for the lead. */
  candidacy: AbortController | undefined
  /** While this tab leads. */
  reign: { readonly leader: TabsLeader; readonly controller: AbortController } | undefined
}

export class TabsFeed implements Feed {
  readonly #connection: Connection
  readonly #neighbourhood: Neighbourhood
  readonly #sink: Sink
  readonly #backoff: Backoff
  #users: ReadonlySet<string> = new Set()
  #membership: Membership | undefined
  #joining = false
  /** Where tabs may not find each other (in sandboxed frames, say), each has its own stream. */
  #alone: StreamFeed | undefined

  constructor(connection: Connection, neighbourhood: Neighbourhood, sink: Sink) {
    this.#connection = connection
    this.#neighbourhood = neighbourhood
    this.#sink = sink
    this.#backoff = new Backoff(connection.surroundings.random)
    connection.onOwner = (owner) => {
      if (this.#membership === undefined || this.#membership.owner === owner) return
      this.#leave()
      void this.#join()
    }
  }

  want(users: ReadonlySet<string>): void {
    this.#users = users
    if (this.#alone !== undefined) this.#alone.want(users)
    else if (users.size === 0) this.#leave()
    else if (this.#membership === undefined) void this.#join()
    else this.#tellWants(this.#membership)
  }

  /** Tabs in which different people have signed in may see different users, so only those of one person share a stream. */
  async #join(): Promise<void> {
    if (this.#joining) return
    this.#joining = true
    try {
      const owner = ownerOf(await this.#connection.token(false)) ?? ''
      this.#joining = false
      if (this.#users.size > 0) this.#enter(owner)
    } catch (error) {
      this.#sink.error(asError(error))
      this.#connection.surroundings.after(this.#backoff.next(error), () => {
        this.#joining = false
        if (this.#users.size > 0) void this.#join()
      })
    }
  }

  #enter(owner: string): void {
    const { base, surroundings } = this.#connection
    const name = `kopano-presence/1 ${base} ${owner}`
    const tab = Math.floor(surroundings.random() * 2 ** 48).toString(36)
    const membership: Membership = {
      ...{ tab, name, owner, term: 0, heard: false, candidacy: undefined, reign: undefined },
      controller: new AbortController(),
      channel: this.#neighbourhood.open(name),
    }
    this.#membership = membership
    membership.channel.onmessage = ({ data }) => {
      if (this.#membership === membership && isTabMessage(data)) this.#hear(data, membership)
    }
    this.#holdOwnLock(membership)
    this.#stand(membership)
    this.#attend(membership)
  }

  /** Whoever gets this lock knows that this tab is gone. */
  #holdOwnLock(membership: Membership): void {
    const { signal } = membership.controller
    const held = (): Promise<void> | undefined => {
      if (signal.aborted) return undefined
      this.#tellWants(membership)
      return untilAborted(signal)
    }
    this.#neighbourhood.locks.request(lockOfTab(membership.name, membership.tab), { signal }, held).catch(() => {
      if (!signal.aborted) this.#goAlone()
    })
  }

  /** Leads as soon as nobody else does; or at once, taking the lead from a tab that does not answer. */
  #stand(membership: Membership, steal = false): void {
    const { signal } = membership.controller
    membership.candidacy?.abort()
    const candidacy = new AbortController()
    membership.candidacy = candidacy
    signal.addEventListener('abort', () => candidacy.abort(), { once: true })
    let granted = false
    const held = (): Promise<void> | undefined => {
      if (candidacy.signal.aborted) return undefined
      granted = true
      this.#lead(membership)
      return untilAborted(candidacy.signal)
    }
    const how = steal ? ({ steal: true } as const) : { signal: candidacy.signal }
    this.#neighbourhood.locks.request(`${membership.name} leader`, how, held).catch(() => {
      // Either it was called off, or another tab has taken the lead, or locks are forbidden here.
      if (candidacy.signal.aborted) return
      if (!granted) return this.#goAlone()
      this.#stepDown(membership)
      this.#stand(membership)
    })
  }

  #lead(membership: Membership): void {
    const { name, channel, controller, tab } = membership
    const reign = new AbortController()
    const post = (message: LeaderMessage) => {
      channel.postMessage(message)
      this.#hear(message, membership)
    }
    // The clock of the machine is the one thing that all tabs have in common.
    const term = Math.max(membership.term + 1, Date.now())
    const leader: TabsLeader = new TabsLeader({
      ...{ name, term, post, locks: this.#neighbourhood.locks, signal: reign.signal, sink: this.#sink },
      changed: batched(this.#connection, COLLECT, () => {
        if (!reign.signal.aborted) stream.want(leader.union())
      }),
    })
    const stream = new StreamFeed(this.#connection, leader)
    reign.signal.addEventListener('abort', () => stream.want(new Set()))
    controller.signal.addEventListener('abort', () => reign.abort(), { once: true })
    membership.term = term
    membership.reign = { leader, controller: reign }
    leader.wants(tab, this.#users)
    post({ type: 'lead', term })
  }

  /** Another tab leads: this one was suspended, and did not answer. */
  #stepDown(membership: Membership): void {
    if (membership.reign === undefined) return
    membership.reign.controller.abort()
    membership.reign = undefined
    // What it knows is as old as its sleep was long.
    this.#sink.live(false)
    this.#tellWants(membership)
  }

  /** Browsers suspend tabs that nobody looks at, and those keep their locks. So whoever hears nothing of the leader asks, and takes over. */
  #attend(membership: Membership): void {
    const { signal } = membership.controller
    const { after } = this.#connection.surroundings
    const later = (milliseconds: number, callback: () => void) => {
      const cancel = after(milliseconds, () => {
        signal.removeEventListener('abort', cancel)
        callback()
      })
      signal.addEventListener('abort', cancel)
    }
    const silent = () => membership.reign === undefined && !membership.heard
    later(ATTEND, () => {
      if (!silent()) {
        membership.heard = false
        return this.#attend(membership)
      }
      membership.channel.postMessage({ type: 'ask' } satisfies TabMessage)
      later(ANSWER, () => {
        if (silent()) this.#stand(membership, true)
        this.#attend(membership)
      })
    })
  }

  #tellWants(membership: Membership): void {
    const { reign, channel, tab } = membership
    if (reign !== undefined) reign.leader.wants(tab, this.#users)
    else channel.postMessage({ type: 'want', tab, users: [...this.#users] } satisfies TabMessage)
  }

  #hear(message: TabMessage, membership: Membership): void {
    if (message.type === 'ask') membership.reign?.leader.asked()
    else if (message.type === 'want') membership.reign?.leader.wants(message.tab, new Set(message.users))
    else this.#hearLeader(message, membership)
  }

  #hearLeader(message: LeaderMessage, membership: Membership): void {
    if (message.term < membership.term) return
    if (message.term > membership.term) this.#stepDown(membership)
    membership.term = message.term
    membership.heard = true
    if (message.type === 'lead') {
      if (membership.reign === undefined) this.#tellWants(membership)
      return
    }
    this.#sink.live(message.live)
    for (const document of message.documents) this.#sink.document(document)
  }

  #goAlone(): void {
    this.#leave()
    this.#alone = new StreamFeed(this.#connection, this.#sink)
    this.#alone.want(this.#users)
  }

  #leave(): void {
    const membership = this.#membership
    if (membership === undefined) return
    this.#membership = undefined
    membership.controller.abort()
    membership.channel.close()
    this.#sink.live(false)
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
