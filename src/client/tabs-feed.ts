// One stream for all tabs of an origin: one of them leads and holds it, and tells the others what they want to know.
import { Backoff } from './backoff.ts'
import type { Connection } from './connection.ts'
import { asError } from './errors.ts'
import { batched, type Feed, type Sink, StreamFeed } from './feed.ts'
import type { Channel, Neighbourhood } from './surroundings.ts'
import { TabsLeader } from './tabs-leader.ts'
import { isTabMessage, lockOfTab, type TabMessage } from './tabs-messages.ts'
import { ownerOf } from './tokens.ts'

/** For so long what all tabs want is collected, in milliseconds. */
const COLLECT = 50

/** Being among the other tabs, from the first user wanted until none is. */
interface Membership {
  readonly tab: string
  readonly name: string
  readonly channel: Channel
  readonly controller: AbortController
  leader: TabsLeader | undefined
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
      if (this.#users.size > 0) this.#enter(`kopano-presence/1 ${this.#connection.base} ${owner}`)
    } catch (error) {
      this.#sink.error(asError(error))
      this.#connection.surroundings.after(this.#backoff.next(error), () => {
        this.#joining = false
        if (this.#users.size > 0) void this.#join()
      })
    }
  }

  #enter(name: string): void {
    const { random } = this.#connection.surroundings
    const tab = Math.floor(random() * 2 ** 48).toString(36)
    const controller = new AbortController()
    const membership: Membership = {
      ...{ tab, name, controller, leader: undefined },
      channel: this.#neighbourhood.open(name),
    }
    this.#membership = membership
    membership.channel.onmessage = ({ data }) => {
      if (this.#membership === membership && isTabMessage(data)) this.#hear(data, membership)
    }
    // Whoever gets this lock knows that this tab is gone.
    this.#hold(lockOfTab(name, tab), membership, () => this.#tellWants(membership))
    this.#hold(`${name} leader`, membership, () => this.#lead(membership))
  }

  /** Holds a lock, once it is granted, until this tab leaves or is closed. */
  #hold(name: string, membership: Membership, granted: () => void): void {
    const { signal } = membership.controller
    const held = (): Promise<void> | undefined => {
      if (signal.aborted) return undefined
      granted()
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
    }
    this.#neighbourhood.locks.request(name, { signal }, held).catch(() => {
      // Either it was called off, or locks are forbidden here.
      if (signal.aborted) return
      this.#leave()
      this.#alone = new StreamFeed(this.#connection, this.#sink)
      this.#alone.want(this.#users)
    })
  }

  #lead(membership: Membership): void {
    const { name, channel, controller, tab } = membership
    const post = (message: TabMessage) => {
      channel.postMessage(message)
      this.#hear(message, membership)
    }
    const leader: TabsLeader = new TabsLeader({
      ...{ name, post, locks: this.#neighbourhood.locks, signal: controller.signal, sink: this.#sink },
      changed: batched(this.#connection, COLLECT, () => {
        if (!controller.signal.aborted) stream.want(leader.union())
      }),
    })
    const stream = new StreamFeed(this.#connection, leader)
    controller.signal.addEventListener('abort', () => stream.want(new Set()))
    membership.leader = leader
    leader.wants(tab, this.#users)
    post({ type: 'lead' })
  }

  #tellWants(membership: Membership): void {
    const { leader, channel, tab } = membership
    if (leader !== undefined) leader.wants(tab, this.#users)
    else channel.postMessage({ type: 'want', tab, users: [...this.#users] } satisfies TabMessage)
  }

  #hear(message: TabMessage, membership: Membership): void {
    if (message.type === 'want') membership.leader?.wants(message.tab, new Set(message.users))
    else if (message.type === 'lead') {
      if (membership.leader === undefined) this.#tellWants(membership)
    } else {
      this.#sink.live(message.live)
      for (const document of message.documents) this.#sink.document(document)
    }
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
