// Follows the streams of all shards, with one waiting connection to each server that holds some.
import { setTimeout as pause } from 'node:timers/promises'
import { Connection, type ConnectionOptions } from './connection.ts'
import type { Master } from './discovery.ts'
import { isMoving } from './faults.ts'
import { GapError, type Inbox } from './inbox.ts'
import type { Layout } from './layout.ts'
import { readStreams } from './news.ts'
import type { Servers } from './servers.ts'

export interface ReadingOptions {
  readonly servers: Servers
  readonly connection: ConnectionOptions
  readonly layout: Layout
  readonly inbox: Inbox
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
      }
      wait = performance.now() - began > 2 * LAST_PAUSE ? FIRST_PAUSE : Math.min(2 * wait, LAST_PAUSE)
      await pause(wait * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {})
    }
  }

  /** Reads until one of the connections fails; then all are begun anew, since the servers may have changed their parts. */
  async #readAll(signal: AbortSignal): Promise<void> {
    const { servers, connection } = this.#options
    const opened: Connection[] = []
    const end = (): void => {
      for (const one of opened) one.close()
    }
    signal.addEventListener('abort', end)
    try {
      const { masters } = servers
      opened.push(...(await Promise.all(masters.map(({ place }) => Connection.open(place, connection)))))
      if (signal.aborted) return
      this.#options.changed(true)
      await Promise.all(masters.map((master, index) => this.#read(master, opened[index], signal)))
    } finally {
      signal.removeEventListener('abort', end)
      end()
    }
  }

  async #read({ shards }: Master, connection: Connection | undefined, signal: AbortSignal): Promise<void> {
    const { layout, inbox } = this.#options
    const names = new Map(shards.map((shard) => [layout.of(shard).stream, shard]))
    while (!signal.aborted && connection !== undefined) {
      const ids = shards.map((shard) => inbox.cursors[shard] ?? '0-0')
      const wanted = ['XREAD', 'COUNT', String(AT_ONCE), 'BLOCK', String(WAIT), 'STREAMS', ...names.keys(), ...ids]
      const answer = await connection.send(wanted, WAIT + this.#options.connection.timeout)
      for (const [name, items] of readStreams(answer)) {
        const shard = names.get(name)
        if (shard !== undefined && !signal.aborted) await inbox.take(shard, items, signal)
      }
    }
  }
}
