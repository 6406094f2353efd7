// Tabs of one origin without a browser: locks, channels and the page's events, as the standards say, for the client to find.
import type { Channel, Locks, Neighbourhood, Page } from '../../src/client/surroundings.ts'

interface Waiting {
  readonly owner: object
  grant(): void
}

interface Held {
  readonly owner: object
  readonly name: string
  release(): void
  /** Another one takes it away. */
  lose(): void
}

/** The origin that several tabs share. */
export class Origin {
  readonly #queues = new Map<string, Waiting[]>()
  readonly #held = new Map<string, Held>()
  readonly #channels = new Map<string, Map<Channel, object>>()
  readonly #closed = new WeakSet<object>()
  /** What waits for a suspended tab. */
  readonly #suspended = new Map<object, Array<() => void>>()

  openTab(): Tab {
    const tab = {
      close: () => this.#close(tab),
      suspend: () => void this.#suspended.set(tab, []),
      resume: () => {
        const waiting = this.#suspended.get(tab) ?? []
        this.#suspended.delete(tab)
        for (const run of waiting) this.#inside(tab, run)
      },
    } as Tab
    return Object.assign(tab, { page: new FakePage(), neighbourhood: this.#neighbourhood(tab) })
  }

  /** Runs something in a tab soon: when it is suspended, after that; when it is closed, never. */
  #inside(tab: object, run: () => void): void {
    queueMicrotask(() => {
      const waiting = this.#suspended.get(tab)
      if (waiting !== undefined) waiting.push(run)
      else if (!this.#closed.has(tab)) run()
    })
  }

  /** Exclusive locks: granted in turn, held until the promise of the holder settles, its tab is gone, or somebody steals it. */
  #locks(owner: object): Locks {
    return {
      request: (name, options, granted) =>
        new Promise((resolve, reject) => {
          const queue = this.#queues.get(name) ?? []
          this.#queues.set(name, queue)
          const grant = () => {
            let over = false
            const held: Held = {
              ...{ owner, name },
              release: () => {
                if (over) return
                over = true
                if (this.#held.get(name) === held) this.#held.delete(name)
                this.#next(name)
                this.#inside(owner, () => resolve(undefined))
              },
              lose: () => {
                over = true
                this.#inside(owner, () => reject(new DOMException('stolen', 'AbortError')))
              },
            }
            this.#held.set(name, held)
            this.#inside(owner, () => void Promise.resolve(granted()).then(held.release, reject))
          }
          const waiting: Waiting = { owner, grant }
          if ('steal' in options) {
            this.#held.get(name)?.lose()
            grant()
            return
          }
          options.signal.addEventListener('abort', () => {
            if (!queue.includes(waiting)) return
            queue.splice(queue.indexOf(waiting), 1)
            reject(options.signal.reason)
          })
          queue.push(waiting)
          this.#next(name)
        }),
    }
  }

  #next(name: string): void {
    if (!this.#held.has(name)) this.#queues.get(name)?.shift()?.grant()
  }

  #neighbourhood(owner: object): Neighbourhood {
    return {
      locks: this.#locks(owner),
      open: (name) => {
        const others = this.#channels.get(name) ?? new Map<Channel, object>()
        this.#channels.set(name, others)
        const channel: Channel = {
          onmessage: null,
          close: () => void others.delete(channel),
          postMessage: (message) => {
            if (this.#closed.has(owner)) return
            const data: unknown = structuredClone(message)
            for (const [other, tab] of others) {
              if (other !== channel) this.#inside(tab, () => other.onmessage?.({ data }))
            }
          },
        }
        others.set(channel, owner)
        return channel
      },
    }
  }

  /** As when a tab crashes: it says nothing, and its locks are free. */
  #close(tab: object): void {
    this.#closed.add(tab)
    for (const [name, queue] of this.#queues) {
      this.#queues.set(
        name,
        queue.filter(({ owner }) => owner !== tab),
      )
    }
    for (const held of [...this.#held.values()]) if (held.owner === tab) held.release()
  }
}

export interface Tab {
  readonly page: FakePage
  readonly neighbourhood: Neighbourhood
  close(): void
  /** It does nothing from now on, and keeps its locks. */
  suspend(): void
  resume(): void
}

type Listener = Parameters<Page['addEventListener']>[1]

export class FakePage implements Page {
  readonly #listeners = new Map<string, Set<Listener>>()

  addEventListener(type: string, listener: Listener): void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(listener))
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener)
  }

  fire(type: 'pagehide' | 'pageshow', persisted = false): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) listener({ persisted })
  }
}
