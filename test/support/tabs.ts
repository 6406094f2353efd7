// Tabs of one origin without a browser: locks, channels and the page's events, as the standards say, for the client to find.
import type { Channel, Locks, Neighbourhood, Page } from '../../src/client/surroundings.ts'

interface Waiting {
  readonly owner: object
  start(): void
}

/** The origin that several tabs share. */
export class Origin {
  readonly #queues = new Map<string, Waiting[]>()
  readonly #channels = new Map<string, Map<Channel, object>>()
  readonly #closed = new WeakSet<object>()
  readonly #held: Array<{ readonly owner: object; release(): void }> = []

  openTab(): Tab {
    const tab = { close: () => this.#close(tab) } as Tab
    return Object.assign(tab, { page: new FakePage(), neighbourhood: this.#neighbourhood(tab) })
  }

  /** Exclusive locks: granted in turn, held until the promise of the holder settles or its tab is gone. */
  #locks(owner: object): Locks {
    return {
      request: (name, { signal }, granted) =>
        new Promise((resolve, reject) => {
          const queue = this.#queues.get(name) ?? []
          this.#queues.set(name, queue)
          const next = () => {
            queue.splice(queue.indexOf(waiting), 1)
            queue[0]?.start()
          }
          let started = false
          const waiting: Waiting = {
            owner,
            start: () =>
              queueMicrotask(() => {
                if (started || queue[0] !== waiting) return
                if (this.#closed.has(owner)) return next()
                started = true
                let over = false
                const release = () => {
                  if (over) return
                  over = true
                  next()
                  resolve(undefined)
                }
                this.#held.push({ owner, release })
                Promise.resolve(granted()).then(release, reject)
              }),
          }
          signal.addEventListener('abort', () => {
            if (started) return
            started = true
            const wasFirst = queue[0] === waiting
            queue.splice(queue.indexOf(waiting), 1)
            if (wasFirst) queue[0]?.start()
            reject(signal.reason)
          })
          queue.push(waiting)
          if (queue[0] === waiting) waiting.start()
        }),
    }
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
              if (other !== channel) queueMicrotask(() => this.#closed.has(tab) || other.onmessage?.({ data }))
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
    for (const { owner, release } of [...this.#held]) if (owner === tab) release()
  }
}

export interface Tab {
  readonly page: FakePage
  readonly neighbourhood: Neighbourhood
  close(): void
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
