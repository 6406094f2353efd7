// Looks after the store every second: whether it answers, is still the same, tells everything, and what time it has.
import type { Inbox } from './inbox.ts'
import type { Layout } from './layout.ts'
import { listOf } from './news.ts'
import type { Servers } from './servers.ts'

export interface HeartbeatOptions {
  readonly servers: Servers
  readonly layout: Layout
  readonly shards: number
  readonly inbox: Inbox
  epochOf(shard: number): string
  /** Whether changes are to come in. */
  following(): boolean
  gap(reason: string): void
}

const INTERVAL = 1_000
/** After so many beats without anything from a stream that has something, it is taken for broken. */
const PATIENT_BEATS = 5
/** How often the clocks are compared, in beats. */
const CLOCK_BEATS = 30
/** An answer that took longer says too little about the time, in milliseconds. */
const SLOW = 200

export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #stuck: number[] = []
  readonly #seen: number[] = []
  #timer: NodeJS.Timeout | undefined
  #beats = 0
  #closed = false
  #offset = 0

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** How far Redis's clock is ahead of this machine's, in milliseconds. */
  get clockOffset(): number {
    return this.#offset
  }

  async start(): Promise<void> {
    // The quickest answer says most.
    const samples = []
    for (let count = 0; count < 3; count += 1) samples.push(await this.#compareClocks())
    this.#offset = samples.toSorted((a, b) => a.took - b.took)[0]?.offset ?? 0
    this.#schedule()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      void this.#beat()
        // The servers have noticed it themselves.
        .catch(() => {})
        .finally(() => this.#schedule())
    }, INTERVAL)
  }

  async #beat(): Promise<void> {
    const { servers, shards } = this.#options
    if (!servers.connected) return
    this.#beats += 1
    await Promise.all(Array.from({ length: shards }, (_, shard) => this.#look(shard)))
    if (this.#beats % CLOCK_BEATS !== 0) return
    const { offset, took } = await this.#compareClocks()
    if (took < SLOW) this.#offset = offset
  }

  async #look(shard: number): Promise<void> {
    const { servers, layout, inbox } = this.#options
    const position = inbox.positions[shard] ?? 0
    const answer = listOf(await servers.send(shard, ['HMGET', layout.of(shard).meta, 'epoch', 'version']))
    if (String(answer[0]) !== this.#options.epochOf(shard)) {
      servers.suspect(shard)
      return
    }
    const behind = position < Number(answer[1]) && position === inbox.positions[shard]
    const isStuck = this.#options.following() && behind && position === this.#seen[shard]
    this.#seen[shard] = position
    this.#stuck[shard] = isStuck ? (this.#stuck[shard] ?? 0) + 1 : 0
    if (this.#stuck[shard] !== PATIENT_BEATS) return
    this.#options.gap(`the stream of shard ${shard} does not have what was saved after ${position}`)
  }

  async #compareClocks(): Promise<{ readonly offset: number; readonly took: number }> {
    const asked = performance.now()
    const [seconds, microseconds] = listOf(await this.#options.servers.send(0, ['TIME']))
    const took = performance.now() - asked
    const time = Number(String(seconds)) * 1000 + Number(String(microseconds)) / 1000
    return { offset: Math.round(time + took / 2 - Date.now()), took }
  }
}
