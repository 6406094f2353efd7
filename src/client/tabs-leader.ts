// The tab that holds the stream for all: knows what each wants, and tells them what comes.
import type { PresenceDocument } from './documents.ts'
import type { Sink } from './feed.ts'
import type { Locks } from './surroundings.ts'
import { type LeaderMessage, lockOfTab } from './tabs-messages.ts'

export interface TabsLeaderParts {
  readonly name: string
  /** Greater than that of every leader before. */
  readonly term: number
  readonly locks: Locks
  /** Ends the leadership. */
  readonly signal: AbortSignal
  /** To all tabs, this one too. */
  post(message: LeaderMessage): void
  /** The union of all wants has changed. */
  changed(): void
  readonly sink: Pick<Sink, 'error'>
}

export class TabsLeader implements Sink {
  readonly #parts: TabsLeaderParts
  readonly #wants = new Map<string, ReadonlySet<string>>()
  /** By the folded id, as the stream was asked. */
  readonly #documents = new Map<string, PresenceDocument>()
  #live = false

  constructor(parts: TabsLeaderParts) {
    this.#parts = parts
  }

  /** What a tab wants from now on; it is told at once what is known already. */
  wants(tab: string, users: ReadonlySet<string>): void {
    if (!this.#wants.has(tab)) this.#awaitEnd(tab)
    this.#wants.set(tab, users)
    const documents = [...users].flatMap((user) => this.#documents.get(user) ?? [])
    if (documents.length > 0) this.#tell(documents)
    this.#parts.changed()
  }

  /** Everybody whom some tab wants. */
  union(): ReadonlySet<string> {
    const union = new Set<string>()
    for (const users of this.#wants.values()) for (const user of users) union.add(user)
    // What the stream won't tell any more would grow old here.
    for (const user of this.#documents.keys()) if (!union.has(user)) this.#documents.delete(user)
    return union
  }

  document(document: PresenceDocument): void {
    this.#documents.set(document.user_id, document)
    this.#tell([document])
  }

  live(live: boolean): void {
    this.#live = live
    this.#tell([])
  }

  /** Somebody asks whether this tab still leads. */
  asked(): void {
    this.#tell([])
  }

  error(error: Error): void {
    this.#parts.sink.error(error)
  }

  #tell(documents: readonly PresenceDocument[]): void {
    const { post, signal, term } = this.#parts
    if (!signal.aborted) post({ type: 'news', term, live: this.#live, documents })
  }

  /** A tab holds its lock for as long as it lives, so whoever is granted it has outlived that tab. */
  #awaitEnd(tab: string): void {
    const { locks, name, signal } = this.#parts
    const ended = () => {
      this.#wants.delete(tab)
      this.#parts.changed()
      return undefined
    }
    // It is called off with the leadership.
    locks.request(lockOfTab(name, tab), { signal }, ended).catch(() => undefined)
  }
}
