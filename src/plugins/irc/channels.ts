// The channels that shall be joined: in or out, and why (pure).

/** How long until a channel that didn't let us in, or threw us out, is tried again, in milliseconds. */
export const REJOIN = 60_000

export interface Channel {
  readonly name: string
  /** `listed`: inside, and everybody in it is known by name. */
  state: 'out' | 'joining' | 'in' | 'listed'
  /** Why it is out, in the server's words. */
  reason: string | undefined
  retryAt: number
  /** When it was last told who of it is away; undefined before. */
  checkedAt: number | undefined
}

export class Channels {
  readonly #fold: (name: string) => string
  readonly #channels = new Map<string, Channel>()

  constructor(names: readonly string[], fold: (name: string) => string) {
    this.#fold = fold
    for (const name of names) {
      const channel: Channel = { name, state: 'out', reason: undefined, retryAt: 0, checkedAt: undefined }
      this.#channels.set(fold(name), channel)
    }
  }

  [Symbol.iterator](): IterableIterator<Channel> {
    return this.#channels.values()
  }

  find(name: string): Channel | undefined {
    return this.#channels.get(this.#fold(name))
  }

  /** Those that should be joined now. */
  due(now: number): Channel[] {
    return [...this].filter(({ state, retryAt }) => state === 'out' && retryAt <= now)
  }

  /** It was told who of it is away, or the server won't. */
  checked(name: string, now: number): void {
    const channel = this.find(name)
    if (channel?.state === 'listed') channel.checkedAt = now
  }

  out(channel: Channel, reason: string, now: number): void {
    channel.state = 'out'
    channel.reason = reason
    channel.retryAt = now + REJOIN
    channel.checkedAt = undefined
  }

  /** Whether each has been tried, and whoever is in one that let us in has been asked for. */
  get settled(): boolean {
    return [...this].every(({ state, reason, checkedAt }) =>
      state === 'out' ? reason !== undefined : state === 'listed' && checkedAt !== undefined,
    )
  }
}
