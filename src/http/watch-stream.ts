// One open stream of server-sent events: everybody asked, `ready`, and then every change, as fast as its reader reads.
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Cancel, Clock } from '../core/clock.ts'
import type { Distribution } from '../core/distribution.ts'
import type { Position } from '../core/position.ts'
import type { Subscription, Told, WatchChoice } from '../core/watchers.ts'
import { ChunkedBody } from './chunked-body.ts'
import { presenceDocument } from './document.ts'
import { eventId } from './event-ids.ts'
import type { Rounds, Teller } from './rounds.ts'
import type { View } from './views.ts'

/** So often a comment is sent, so that proxies don't take the stream for dead. Milliseconds. */
export const COMMENT_INTERVAL = 20_000
/** How many events are written before others get their turn, and how much of them goes out in one write, in UTF-16 units. */
const SLICE = 50
const WRITE = 16 * 1024
/** How many users of a snapshot are looked up at once. */
const PAGE = 500

export interface StreamParts {
  readonly response: ServerResponse
  readonly view: View
  readonly clock: Clock
  /** Shared by all streams. */
  readonly rounds: Rounds
  readonly choice: WatchChoice
  /** The users asked for as they were written, by their folded ids; empty when a domain or everybody is watched. */
  readonly spellings: ReadonlyMap<string, string>
  /** What the client has already been told; undefined: nothing. */
  readonly resume: Position | undefined
  /** Where it is counted how long changes wait for it, in seconds. */
  readonly delays: Distribution
}

export class WatchStream implements Teller {
  readonly #parts: StreamParts
  readonly #body: ChunkedBody
  readonly #subscription: Subscription
  /** When the oldest of the changes came that wait; undefined while there are none. */
  #waitingSince: number | undefined
  #comment: Cancel | undefined
  /** Everybody asked was told, and `ready`: from now on changes are. */
  #live = false
  #over = false
  #failure: { readonly error: unknown } | undefined
  /** Called at the end, or when the reader takes more. */
  #goOn: (() => void) | undefined
  /** Where to resume; undefined when everybody asked has to be told. */
  #resumed: Position | undefined

  /** Subscribes at once, so that nothing is missed; `run` begins to write. */
  constructor(parts: StreamParts) {
    this.#parts = parts
    this.#subscription = parts.view.service.watching.subscribe(parts.choice, () => {
      this.#waitingSince ??= parts.clock.now()
      this.#wake()
    })
    parts.response.once('close', () => this.#close())
    this.#body = new ChunkedBody(parts.response, () => this.#drained())
    // The reader went away in the middle of a write; `close` follows.
    parts.response.on('error', () => {})
  }

  /** Writes until the end; resolves then. */
  async run(): Promise<void> {
    this.#scheduleComment()
    const { resume, view } = this.#parts
    const { watching } = view.service
    // From a node that knew more: nobody is to see somebody go back.
    if (resume !== undefined && watching.isBehind(resume)) await watching.catchUp(resume)
    this.#resumed = resume !== undefined && watching.remembers(resume) ? resume : undefined
    const { position } = watching
    await this.#writeAll(this.#snapshot())
    if (this.#over) return
    const complete = this.#resumed === undefined
    this.#write(`event: ready\nid: ${this.#idOf(position)}\ndata: {"complete":${complete}}\n\n`)
    this.#live = true
    this.#wake()
    while (!this.#over) await this.#pause()
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Ends the stream politely, with a last event if there is something to say. */
  end(event?: 'expired'): void {
    if (this.#over) return
    this.#parts.response.end(event === undefined ? '' : `event: ${event}\ndata: {}\n\n`)
    this.#close()
  }

  /** Something is wrong with what is to be told: ends this stream alone, and `run` rejects. */
  fail(error: unknown): void {
    this.#failure = { error }
    this.#parts.response.destroy()
    this.#close()
  }

  #close(): void {
    if (this.#over) return
    this.#over = true
    this.#comment?.()
    this.#subscription.close()
    this.#goOn?.()
  }

  *#snapshot(): Generator<string> {
    const { choice, view } = this.#parts
    const { service } = view
    const resumed = this.#resumed
    for (const userId of this.#asked()) {
      if (resumed === undefined || service.watching.missed(userId, resumed)) yield this.#current(userId)
    }
    if (resumed === undefined || 'users' in choice) return
    for (const userId of [...service.watching.removedSince(choice, resumed)]) yield this.#current(userId)
  }

  *#asked(): Generator<string> {
    const { choice, view } = this.#parts
    if ('users' in choice) {
      yield* choice.users
      return
    }
    let cursor: string | undefined
    do {
      const query = { limit: PAGE, ...(cursor !== undefined && { cursor }) }
      const page = view.service.page('domain' in choice ? { ...query, domain: choice.domain } : query)
      yield* page.users
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }

  /** Tells changes: no more at once than leaves in one write, and none before the reader has taken what was told. */
  tell(): void {
    const { clock, delays } = this.#parts
    if (this.#over || this.#body.isFull) return
    const since = this.#waitingSince
    let text = ''
    while (text.length < WRITE) {
      const told = this.#subscription.take()
      if (told === undefined) break
      text += this.#eventOf(told)
    }
    if (text === '') return
    if (this.#subscription.length === 0) this.#waitingSince = undefined
    const isTaken = this.#write(text)
    if (since !== undefined) delays.add((clock.now() - since) / 1_000)
    if (isTaken) this.#wake()
  }

  /** Has changes told soon, if there are any. */
  #wake(): void {
    if (this.#live && this.#subscription.length > 0) this.#parts.rounds.wake(this)
  }

  #drained(): void {
    this.#goOn?.()
    this.#wake()
  }

  #idOf(position: Position): string {
    const { service, positions } = this.#parts.view
    return positions.tell(eventId(service.watching.telling(position)))
  }

  #current(userId: string): string {
    return `event: presence\ndata: ${this.#document(userId)}\n\n`
  }

  #eventOf(change: Told): string {
    const { spellings, rounds, view } = this.#parts
    const { userId, position } = change
    const make = (): string => `event: presence\nid: ${this.#idOf(position)}\ndata: ${this.#document(userId)}\n\n`
    // Whoever asked for the user in another spelling is told that one.
    return (spellings.get(userId) ?? userId) === userId ? rounds.eventOf(change, view.positions, make) : make()
  }

  #document(userId: string): string {
    const { view, spellings, clock } = this.#parts
    const { service } = view
    return presenceDocument(spellings.get(userId) ?? userId, service.read(userId), service.pending(), clock)
  }

  /** No faster than the reader reads, and with turns for others in between. */
  async #writeAll(events: Iterable<string>): Promise<void> {
    let [text, joined] = ['', 0]
    for (const event of events) {
      if (this.#over) return
      text += event
      joined += 1
      if (joined < SLICE && text.length < WRITE) continue
      if (this.#write(text)) await nextTurn()
      else await this.#pause()
      ;[text, joined] = ['', 0]
    }
    if (text !== '' && !this.#over && !this.#write(text)) await this.#pause()
  }

  #write(text: string): boolean {
    return this.#body.write(text)
  }

  /** Until the reader has taken what was written, or the end. */
  #pause(): Promise<void> {
    if (this.#over) return Promise.resolve()
    return new Promise((resolve) => {
      this.#goOn = resolve
    })
  }

  #scheduleComment(): void {
    this.#comment = this.#parts.clock.after(COMMENT_INTERVAL, () => {
      if (!this.#body.isFull) this.#write(': still here\n\n')
      this.#scheduleComment()
    })
  }
}
