// Watches some users without a pause and notes every change of what the daemon answers, so that no flicker goes unseen.
import type { Daemon } from './daemon.ts'

/** One answer that differed from the one before. */
export interface Observation {
  /** Milliseconds since the watching began. */
  readonly at: number
  readonly status: string
  readonly message: string
  readonly stale: boolean
}

const PAUSE = 5

export class Observer {
  readonly #daemon: Daemon
  readonly #seen: ReadonlyMap<string, Observation[]>
  readonly #begin = performance.now()
  #stopped = false
  #rounds = 0
  readonly #done: Promise<void>

  /** Watches from now on, also over restarts of the daemon. */
  constructor(daemon: Daemon, users: readonly string[]) {
    this.#daemon = daemon
    this.#seen = new Map(users.map((user) => [user, []]))
    this.#done = this.#watch()
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      for (const [user, seen] of this.#seen) {
        // Between two lives of the daemon nobody answers.
        const document = await this.#daemon.document(user).catch(() => undefined)
        if (document === undefined) continue
        const { status, message, stale = false } = document.sources.xmpp ?? { status: 'unknown', message: '' }
        const last = seen.at(-1)
        if (last?.status === status && last.message === message && last.stale === stale) continue
        seen.push({ at: Math.round(performance.now() - this.#begin), status, message, stale })
      }
      this.#rounds += 1
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  }

  /** How often everybody was asked. */
  get rounds(): number {
    return this.#rounds
  }

  /** The different answers about a user so far, in order. */
  of(user: string): readonly Observation[] {
    return this.#seen.get(user) ?? []
  }

  /** The statuses in order, without repeats that differ in other things only. */
  statuses(user: string): readonly string[] {
    return this.of(user)
      .map(({ status }) => status)
      .filter((status, index, all) => status !== all[index - 1])
  }

  wasStale(user: string): boolean {
    return this.of(user).some(({ stale }) => stale)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#done
  }
}
