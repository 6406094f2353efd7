// Follows the streams of all shards, with waiting connections: one to each server, or in a Cluster one for each slot that holds some.
import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../../core/log.ts'
import { Connection, type ConnectionOptions, type Place } from './connection.ts'
import { codeOf, isMoving, isPassing } from './faults.ts'
import { GapError, type Inbox } from './inbox.ts'
import type { Layout } from './layout.ts'
import { readStreams } from './news.ts'
import type { Servers } from './servers.ts'

export interface ReadingOptions {
  readonly servers: Servers
  readonly connection: ConnectionOptions
  readonly layout: Layout
  readonly inbox: Inbox
  readonly log: Log
  /** Changes were missed: it has ended. */
  gap(reason: string): void
  /** Whether all streams are being read. */
  changed(reading: boolean): void
}

/** How long a read waits for something to come, in milliseconds. */
const WAIT = 1_000
/** How much is read at once of each stream. */
const AT_ONCE = 500
const FIRST_PAUSE = 50
const LAST_PAUSE = 2_000

export class Reading {
  readonly #options: ReadingOptions
  readonly #ending = new AbortController()
  #lastRefusal = ''

  constructor(options: ReadingOptions) {
    this.#options = options
    void this.#run()
  }

  close(): void {
    this.#ending.abort()
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    let wait = FIRST_PAUSE
    while (!signal.aborted) {
      const began = performance.now()
      try {
        await this.#readAll(signal)
      } catch (error) {
        if (signal.aborted) return
        this.#options.changed(false)
        if (error instanceof GapError) {
          this.close()
          this.#options.gap(error.message)
          return
        }
        if (isMoving(error)) this.#options.servers.lookAnew()
        this.#tellRefusal(error)
      }
      wait = performance.now() - began > 2 * LAST_PAUSE ? FIRST_PAUSE : Math.min(2 * wait, LAST_PAUSE)
      await pause(wait * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {})
    }
  }

  /** Reads until one of the connections fails; then all are begun anew, since the servers may have changed their parts. */
  async #readAll(signal: AbortSignal): Promise<void> {
    const { servers, connection } = this.#options
    const opened: Connection[] = []
    let over = false
    const end = (): void => {
      over = true
      for (const one of opened) one.close()
    }
    const open = async (place: Place): Promise<Connection> => {
      const one = await Connection.open(place, connection)
      opened.push(one)
      // Another one could not be opened meanwhile.
      if (over) one.close()
      return one
    }
    signal.addEventListener('abort', end)
    try {
      const waits = servers.masters.flatMap(({ place, together }) => together.map((shards) => ({ place, shards })))
      const connections = await Promise.all(waits.map(({ place }) => open(place)))
      if (signal.aborted) return
      this.#options.changed(true)
      await Promise.all(connections.map((one, index) => this.#read(waits[index]?.shards ?? [], one, signal)))
    } finally {
      signal.removeEventListener('abort', end)
      end()
    }
  }

  async #read(shards: readonly number[], connection: Connection, signal: AbortSignal): Promise<void> {
    const { layout, inbox } = this.#options
    const names = new Map(shards.map((shard) => [layout.of(shard).stream, shard]))
    while (!signal.aborted) {
      const ids = shards.map((shard) => inbox.cursors[shard] ?? '0-0')
      const wanted = ['XREAD', 'COUNT', String(AT_ONCE), 'BLOCK', String(WAIT), 'STREAMS', ...names.keys(), ...ids]
      const answer = await connection.send(wanted, WAIT + this.#options.connection.timeout)
      for (const [name, items] of readStreams(answer)) {
        const shard = names.get(name)
        if (shard !== undefined && !signal.aborted) await inbox.take(shard, items, signal)
      }
    }
  }

  /** What Redis answers and what doesn't pass by itself is for the administrator, once; a lost connection is told of by the servers. */
  #tellRefusal(error: unknown): void {
    if (codeOf(error) === '' || isPassing(error)) return
    const refusal = this.#options.servers.words(error)
    if (refusal === this.#lastRefusal) return
    this.#lastRefusal = refusal
    this.#options.log.error(`${refusal}; until it lets this node read its streams, changes by other nodes are not seen`)
  }
}
