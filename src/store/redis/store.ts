// The store on Redis as one node sees it: what it saves, and what it is told of the others.
import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { SavingError } from '../../core/errors.ts'
import type { RedisAddress } from '../../core/redis-address.ts'
import type { Change, Entry, Follower, Guard, Lease, PresenceStore, SaveResult, StoreState } from '../../core/store.ts'
import type { ConnectionOptions } from './connection.ts'
import { greet } from './greeting.ts'
import { Greetings } from './greetings.ts'
import { Heartbeat } from './heartbeat.ts'
import { GapError, Inbox } from './inbox.ts'
import { type Layout, shardOf } from './layout.ts'
import { Leases } from './leases.ts'
import { countEntries, slicesOfShard } from './loading.ts'
import type { RedisOptions } from './options.ts'
import { OwnSaves } from './own-saves.ts'
import { Poison } from './poison.ts'
import { Reading } from './reading.ts'
import { readRecords } from './records.ts'
import { Saving } from './saving.ts'
import { Servers } from './servers.ts'
import { warnOfSettings } from './settings.ts'

const STREAM_LENGTH = 20_000
const LEASE_TIME = 3_000
/** How often a load is begun anew because too much was changed meanwhile. */
const LOADS = 3

export class RedisStore implements PresenceStore {
  readonly shared = true
  readonly shards: number
  readonly #options: RedisOptions
  readonly #connection: ConnectionOptions
  readonly #layout: Layout
  readonly #servers: Servers
  readonly #own: OwnSaves
  readonly #poison: Poison
  readonly #inbox: Inbox
  readonly #saving: Saving
  readonly #heartbeat: Heartbeat
  readonly #node = randomBytes(6).toString('hex')
  readonly #greetings: Greetings
  readonly #leases: Leases
  readonly #underWay = new Set<Promise<unknown>>()
  #follower: Follower | undefined
  #reading: Reading | undefined
  #isReading = true
  #wasThere = false
  #state: StoreState = { connected: false, since: Date.now() }
  #closed: Promise<void> | undefined

  constructor(
    options: RedisOptions,
    address: RedisAddress,
    connection: ConnectionOptions,
    layout: Layout,
    shards: number,
  ) {
    const { log } = options
    this.shards = shards
    this.#options = options
    this.#connection = connection
    this.#layout = layout
    this.#own = new OwnSaves(this.#node)
    this.#poison = new Poison(log)
    const leaseFreed = (name: string): void => this.#leases.wake(name)
    const { streamLength = STREAM_LENGTH, waitReplicas: replicas = 0, leaseTime = LEASE_TIME } = options
    const follower = (): Follower | undefined => this.#follower
    this.#inbox = new Inbox(shards, { own: this.#own, poison: this.#poison, follower, leaseFreed })
    const changed = (): void => this.#lookAtState()
    const gap = (why: string): void => this.#gap(why)
    this.#greetings = new Greetings(shards, gap)
    this.#servers = new Servers({
      ...{ address, connection, layout, shards, log, changed },
      greet: async (opened, mine) => this.#greetings.heard(await greet(opened, layout, mine, shards, leaseTime)),
    })
    const around = {
      servers: this.#servers,
      layout,
      shards,
      epochOf: (shard: number) => this.#greetings.epochOf(shard),
    }
    this.#saving = new Saving({ ...around, own: this.#own, streamLength, replicas })
    const following = (): boolean => this.#reading !== undefined
    this.#leases = new Leases({ ...around, node: this.#node, time: leaseTime, streamLength })
    this.#heartbeat = new Heartbeat({ ...around, inbox: this.#inbox, following, gap })
  }

  async start(): Promise<void> {
    await this.#servers.start()
    await this.#heartbeat.start()
    await warnOfSettings(this.#servers, this.#options.log)
  }

  get epoch(): string {
    return this.#greetings.epoch
  }

  get position(): readonly number[] {
    return [...this.#inbox.positions]
  }

  get state(): StoreState {
    return this.#state
  }

  get clockOffset(): number {
    return this.#heartbeat.clockOffset
  }

  shardOf(userId: string): number {
    return shardOf(userId, this.shards)
  }

  hasLost(userId: string, version: number): boolean {
    return this.#greetings.hasLost(this.shardOf(userId), version)
  }

  async *load(): AsyncGenerator<Entry> {
    this.#stopReading()
    this.#own.forget()
    const options = { servers: this.#servers, layout: this.#layout, inbox: this.#inbox, own: this.#own }
    const loading = { ...options, poison: this.#poison }
    try {
      for (let shard = 0; shard < this.shards; shard += 1) {
        for (let attempt = 1; ; attempt += 1) {
          try {
            for await (const slice of slicesOfShard(shard, loading)) {
              for (const entry of slice) yield entry
            }
            break
          } catch (error) {
            if (!(error instanceof GapError) || attempt === LOADS) throw error
          }
        }
        // What was changed before is in here, what is changed from now on is told.
        if (shard === 0) for (const [name, value] of await this.#records()) this.#follower?.record(name, value)
      }
    } catch (error) {
      throw new SavingError(this.#servers.words(error), { cause: error })
    }
    this.#startReading()
  }

  async count(): Promise<number> {
    return await countEntries(this.shards, this.#servers, this.#layout)
  }

  save(changes: readonly Change[]): Promise<readonly SaveResult[]> {
    if (changes.length === 0) return Promise.resolve([])
    return this.#write(() => this.#saving.save(changes))
  }

  async records(): Promise<ReadonlyMap<string, unknown>> {
    try {
      return await this.#records()
    } catch (error) {
      throw new SavingError(this.#servers.words(error), { cause: error })
    }
  }

  saveRecord(name: string, value: unknown, guard?: Guard): Promise<boolean> {
    return this.#write(() => this.#saving.saveRecord(name, value, guard))
  }

  raiseFence(source: string, fence: number): Promise<void> {
    return this.#write(() => this.#saving.raiseFence(source, fence))
  }

  follow(follower: Follower): void {
    this.#follower = follower
  }

  lease(name: string): Lease {
    return this.#leases.make(name)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#leases.releaseAll()
    await Promise.allSettled(this.#underWay)
    // Whoever waits for them goes on first.
    await nextTurn()
    this.#heartbeat.close()
    this.#stopReading()
    this.#servers.close()
  }

  async #write<Result>(act: () => Promise<Result>): Promise<Result> {
    if (this.#closed !== undefined) throw new SavingError('the store is closed')
    const made = act()
    this.#underWay.add(made)
    return await made.finally(() => this.#underWay.delete(made))
  }

  async #records(): Promise<ReadonlyMap<string, unknown>> {
    return readRecords(await this.#servers.send(0, ['HGETALL', this.#layout.records]), this.#poison)
  }

  #gap(why: string): void {
    if (this.#reading === undefined) return
    this.#stopReading()
    this.#options.log.warn(`Redis: changes may have been missed, since ${why}; everything is loaded anew`)
    void nextTurn().then(() => this.#follower?.gap(why))
  }

  #startReading(): void {
    if (this.#closed !== undefined) return
    this.#reading = new Reading({
      ...{ servers: this.#servers, connection: this.#connection, layout: this.#layout, inbox: this.#inbox },
      log: this.#options.log,
      gap: (why) => this.#gap(why),
      changed: (reading) => {
        this.#isReading = reading
        this.#lookAtState()
      },
    })
  }

  #stopReading(): void {
    this.#reading?.close()
    this.#reading = undefined
    this.#isReading = true
  }

  #lookAtState(): void {
    const connected = this.#servers.connected && this.#isReading
    if (connected === this.#state.connected) return
    this.#state = { connected, since: Date.now() }
    if (connected && this.#wasThere) this.#options.log.notice('Redis answers again')
    this.#wasThere = true
    this.#follower?.available(connected)
  }
}
