// Watches some users without a pause and notes every change of what the daemon answers, so that no flicker goes unseen.
import type { Daemon } from './daemon.ts'

/** One answer that differed from the one before. */
export interface Observation {
  /** Milliseconds since the observer was made. */
  readonly at: number
  readonly status: string
  readonly message: string
  readonly stale: boolean
}

const PAUSE = 10

export class Observer {
  readonly #daemon: Daemon
  readonly #source: string
  readonly #seen: ReadonlyMap<string, Observation[]>
  readonly #start = performance.now()
  #stopped = false
  #done = Promise.resolve()

  /** Sees nothing before `begin`. */
  constructor(daemon: Daemon, users: readonly string[], source = 'xmpp') {
    this.#daemon = daemon
    this.#source = source
    this.#seen = new Map(users.map((user) => [user, []]))
  }

  /** Watches from now on, also over restarts of the daemon; resolves when everybody has been seen once. */
  async begin(): Promise<void> {
    await this.#round()
    this.#done = this.#watch()
  }

  async #watch(): Promise<void> {
    for (;;) {
      // The last round begins after the end was asked for, so that it sees everything until then.
      const last = this.#stopped
      await this.#round()
      if (last) return
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  }

  async #round(): Promise<void> {
    for (const [user, seen] of this.#seen) {
      // Between two lives of the daemon nobody answers.
      const document = await this.#daemon.document(user).catch(() => undefined)
      if (document === undefined) continue
      const { status, message, stale = false } = document.sources[this.#source] ?? { status: 'unknown', message: '' }
      const before = seen.at(-1)
      if (before?.status === status && before.message === message && before.stale === stale) continue
      seen.push({ at: Math.round(performance.now() - this.#start), status, message, stale })
    }
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
