// The connections to whoever holds the shards now: found, greeted, left when they fail, and found again.
import { setTimeout as pause } from 'node:timers/promises'
import { isFatal, StoreAwayError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { RedisAddress } from '../../core/redis-address.ts'
import { type Argument, Connection, type ConnectionOptions, placeName } from './connection.ts'
import { discover, type Master } from './discovery.ts'
import { inWords, isMoving, isPassing } from './faults.ts'
import type { Greeting } from './greeting.ts'
import type { Layout } from './layout.ts'
import type { Script } from './scripts.ts'

export interface ServersOptions {
  readonly address: RedisAddress
  readonly connection: ConnectionOptions
  readonly layout: Layout
  readonly shards: number
  readonly log: Log
  /** Greets the shards of a new connection, before it is used for anything else. */
  greet(connection: Connection, shards: readonly number[]): Promise<readonly Greeting[]>
  /** All shards are reachable again, or not all of them any more. */
  changed(connected: boolean): void
}

/** The pauses between two attempts to connect, in milliseconds: doubled from the first to the last, with jitter. */
const FIRST_PAUSE = 50
const LAST_PAUSE = 2_000
/** So long a command waits for a connection that has just been lost, in milliseconds. */
const PATIENCE = 1_000

export class Servers {
  readonly #options: ServersOptions
  #masters: readonly Master[] = []
  readonly #connections = new Map<string, Connection>()
  #byShard: (Connection | undefined)[] = []
  #connected = false
  #awaySince = 0
  #lastError: unknown = new Error('not connected yet')
  #repairing: Promise<void> | undefined
  #stale = false
  readonly #waiting = new Set<() => void>()
  readonly #ending = new AbortController()

  constructor(options: ServersOptions) {
    this.#options = options
  }

  get connected(): boolean {
    return this.#connected
  }

  /** Who holds what, as far as it is known. */
  get masters(): readonly Master[] {
    return this.#masters
  }

  /** The first connection. Throws StoreAwayError, in words, when there is none, and FatalError when there can be none. */
  async start(): Promise<void> {
    try {
      await this.#connect()
    } catch (error) {
      this.close()
      throw isFatal(error) ? error : new StoreAwayError(this.words(error), { cause: error })
    }
  }

  /** What went wrong, with the address. */
  words(error: unknown): string {
    return `Redis at ${this.#options.address.shown}: ${inWords(error)}`
  }

  /** Runs a script on a shard's server, again while that can't take it for the moment. `then` goes on on the same connection. */
  async run<Answer>(
    shard: number,
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    then: (answer: unknown, connection: Connection) => Promise<Answer>,
    timeout = this.#options.connection.timeout,
  ): Promise<Answer> {
    return await this.#attempt(shard, timeout, async (connection, left) => {
      return await then(await connection.run(script, keys, args, left), connection)
    })
  }

  /** Sends a command to a shard's server, again while that can't take it for the moment. */
  send(shard: number, args: readonly Argument[], timeout = this.#options.connection.timeout): Promise<unknown> {
    return this.#attempt(shard, timeout, (connection, left) => connection.send(args, left))
  }

  /** Somebody has reason to believe that a server isn't what it was. */
  suspect(shard: number): void {
    this.#byShard[shard]?.close()
    this.#repair()
  }

  close(): void {
    this.#ending.abort()
    for (const connection of this.#connections.values()) connection.close()
    for (const wake of this.#waiting) wake()
  }

  async #attempt<Answer>(
    shard: number,
    timeout: number,
    act: (connection: Connection, left: number) => Promise<Answer>,
  ): Promise<Answer> {
    const end = performance.now() + timeout
    for (let wait = 10; ; wait = Math.min(2 * wait, 200)) {
      const connection = await this.#connectionOf(shard, end)
      try {
        return await act(connection, Math.max(1, end - performance.now()))
      } catch (error) {
        if (!isPassing(error)) throw error
        if (isMoving(error)) this.lookAnew()
        if (performance.now() + wait > end) throw error
        await pause(wait)
      }
    }
  }

  async #connectionOf(shard: number, end: number): Promise<Connection> {
    for (;;) {
      const connection = this.#byShard[shard]
      if (connection !== undefined && !connection.ended) return connection
      if (this.#ending.signal.aborted) throw new Error('the store is closed')
      const left = Math.min(end, this.#awaySince + PATIENCE) - performance.now()
      if (left <= 0) throw this.#lastError
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          this.#waiting.delete(done)
          resolve()
        }
        const timer = setTimeout(done, left)
        this.#waiting.add(done)
      })
    }
  }

  /** Finds out anew who holds what. */
  lookAnew(): void {
    this.#stale = true
    this.#repair()
  }

  #repair(): void {
    this.#repairing ??= this.#repairAll().finally(() => {
      this.#repairing = undefined
    })
  }

  async #repairAll(): Promise<void> {
    for (let wait = FIRST_PAUSE; !this.#ending.signal.aborted; wait = Math.min(2 * wait, LAST_PAUSE)) {
      try {
        this.#stale = false
        await this.#connect()
        if (!this.#stale && this.#connected) return
      } catch (error) {
        this.#note(error)
      }
      await pause(wait * (0.75 + Math.random() / 2), undefined, { signal: this.#ending.signal }).catch(() => {})
    }
  }

  async #connect(): Promise<void> {
    const { address, connection, layout, shards } = this.#options
    const masters = await discover(address, connection, layout, shards)
    const byShard: (Connection | undefined)[] = []
    await Promise.all(
      masters.map(async (master) => {
        const opened = await this.#connectionTo(master)
        for (const shard of master.shards) byShard[shard] = opened
      }),
    )
    if (this.#ending.signal.aborted) return this.close()
    this.#masters = masters
    this.#byShard = byShard
    for (const [name, old] of this.#connections) {
      if (byShard.includes(old)) continue
      this.#connections.delete(name)
      old.close()
    }
    for (const wake of this.#waiting) wake()
    if (byShard.some((opened) => opened?.ended !== false)) {
      this.#setConnected(false)
      throw new Error('the connection was lost again at once')
    }
    this.#setConnected(true)
  }

  /** One that serves already is kept as it is, as long as it has the same shards. */
  async #connectionTo({ place, shards }: Master): Promise<Connection> {
    const name = `${placeName(place)} ${shards.join()}`
    const known = this.#connections.get(name)
    if (known !== undefined && !known.ended && !this.#stale) return known
    const opened = await Connection.open(place, this.#options.connection)
    try {
      await this.#options.greet(opened, shards)
    } catch (error) {
      opened.close()
      throw error
    }
    if (this.#ending.signal.aborted) {
      opened.close()
      throw new Error('the store is closed')
    }
    known?.close()
    this.#connections.set(name, opened)
    opened.onEnd((error) => {
      if (!this.#byShard.includes(opened)) return
      this.#note(error)
      this.#setConnected(false)
      this.#repair()
    })
    return opened
  }

  #note(error: unknown): void {
    this.#lastError = error
    if (!this.#connected) this.#options.log.debug(`${this.words(error)}; trying again`)
  }

  #setConnected(connected: boolean): void {
    if (connected === this.#connected || this.#ending.signal.aborted) return
    this.#connected = connected
    if (!connected) {
      this.#awaySince = performance.now()
      this.#options.log.error(`${this.words(this.#lastError)}; publications are refused until it answers again`)
    }
    this.#options.changed(connected)
  }
}
