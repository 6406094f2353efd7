// Watches users over one stream after the other: reconnects, resumes where it was, and takes a fresh token when one has expired.
import { Backoff, pause } from './backoff.ts'
import type { Connection, Request } from './connection.ts'
import { isPresenceDocument, type PresenceDocument } from './documents.ts'
import { asError, ProblemError, UnreachableError } from './errors.ts'
import { EventStreamParser, type ServerSentEvent } from './event-stream.ts'

/** Some users, all of a domain, or (without either) everybody whom the token may see. */
export type WatchChoice = readonly string[] | { readonly domain: string } | undefined

/** What a watch tells: first how everybody is, then every change, and how its own connection is. */
export type WatchEvent =
  /** How a user is: first each one as they are now, then every change. Nobody known is a document with empty `sources`. */
  | { readonly type: 'presence'; readonly document: PresenceDocument }
  /** All that was asked has been told; from now on changes come. Also after a reconnect. */
  | { readonly type: 'ready' }
  /** The connection is lost, so what is known may be old; the next attempt is made after so many milliseconds. */
  | { readonly type: 'lost'; readonly error: Error; readonly retryIn: number }

/** The daemon sends a comment every 20 s at least, so longer silence means that nobody is there any more. In milliseconds. */
const SILENCE = 50_000
/** A stream that stood so long was no failure. In milliseconds. */
const STOOD = 5_000

/** Ends when the signal comes; throws when the first connection, or any one for good reason, is refused. */
export async function* watchEvents(
  connection: Connection,
  choice: WatchChoice,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { surroundings } = connection
  const backoff = new Backoff(surroundings.random)
  const request = watchRequest(choice)
  let lastEventId = ''
  let fresh = false
  let everReady = false
  const known = new KnownUsers()
  while (!signal.aborted) {
    const attempt = new Attempt(connection, request, lastEventId, signal)
    known.begin()
    let error: Error
    try {
      for await (const event of attempt.events(fresh)) {
        if (event.type === 'presence') known.told(event.document)
        if (event.type === 'ready') {
          everReady = true
          if (attempt.complete) yield* known.gone()
        }
        yield event
      }
      if (signal.aborted) return
      error = new UnreachableError(`The stream from ${connection.base} has ended.`)
    } catch (thrown) {
      if (signal.aborted) return
      error = asError(thrown)
    } finally {
      lastEventId = attempt.lastEventId
      attempt.end()
    }
    const unauthorised = error instanceof ProblemError && error.problem.status === 401
    if (!mayPass(error, everReady) && !(unauthorised && !fresh)) throw error
    const stood = attempt.readySince !== undefined && surroundings.now() - attempt.readySince >= STOOD
    if (stood) backoff.reset()
    // What a new token cures needs no pause, unless it just did not.
    const atOnce = attempt.expired ? stood : unauthorised && !fresh
    fresh = attempt.expired || unauthorised
    if (atOnce) continue
    const retryIn = backoff.next(error)
    yield { type: 'lost', error, retryIn }
    await pause(retryIn, signal, surroundings)
  }
}

/** Whether the same request may succeed later. */
function mayPass(error: Error, everReady: boolean): boolean {
  if (!(error instanceof ProblemError)) return true
  const { status } = error.problem
  if (status >= 500 || status === 408 || status === 429) return true
  // While secrets are being changed, the daemon and who makes the tokens may disagree for a time.
  return everReady && status === 401
}

/** Users go into a body: more of them fit there than into an address. */
function watchRequest(choice: WatchChoice): Request {
  if (choice === undefined) return { method: 'GET', path: 'v1/watch' }
  if ('domain' in choice) return { method: 'GET', path: `v1/watch?domain=${encodeURIComponent(choice.domain)}` }
  return { method: 'POST', path: 'v1/watch', body: { user_ids: choice } }
}

/** One stream, from its request to its end. */
class Attempt {
  /** When everything had been told, by the monotonic clock. */
  readySince: number | undefined
  /** Everybody asked was told, not only those who had changed since the stream before. */
  complete = false
  /** The daemon ended it, since its token has. */
  expired = false
  readonly #connection: Connection
  readonly #request: Request
  readonly #parser: EventStreamParser
  readonly #controller = new AbortController()
  readonly #signal: AbortSignal
  readonly #follow = () => this.#controller.abort()

  constructor(connection: Connection, request: Request, lastEventId: string, signal: AbortSignal) {
    this.#connection = connection
    this.#request = request
    this.#parser = new EventStreamParser(lastEventId)
    this.#signal = signal
    signal.addEventListener('abort', this.#follow)
  }

  get lastEventId(): string {
    return this.#parser.lastEventId
  }

  end(): void {
    this.#signal.removeEventListener('abort', this.#follow)
    this.#controller.abort()
  }

  async *events(fresh: boolean): AsyncGenerator<WatchEvent, void, undefined> {
    const { lastEventId } = this.#parser
    const headers = { accept: 'text/event-stream', ...(lastEventId === '' ? {} : { 'last-event-id': lastEventId }) }
    const reader = await this.#connection.open(this.#request, headers, this.#controller.signal, fresh)
    for (;;) {
      const { done, value } = await this.#read(reader)
      if (done) return
      for (const event of this.#parser.feed(value)) {
        if (event.type === 'expired') {
          this.expired = true
          return
        }
        const told = this.#translate(event)
        if (told !== undefined) yield told
      }
    }
  }

  /** Only the time spent waiting counts as silence, not that in which whoever watches is busy. */
  async #read(reader: ReadableStreamDefaultReader<Uint8Array>) {
    let silent = false
    const disarm = this.#connection.surroundings.after(SILENCE, () => {
      silent = true
      this.#controller.abort()
    })
    const { base } = this.#connection
    try {
      const read = await reader.read()
      if (!silent) return read
    } catch (cause) {
      if (!silent) throw new UnreachableError(`The stream from ${base} broke`, { cause })
    } finally {
      disarm()
    }
    throw new UnreachableError(`Nothing came from ${base} for ${SILENCE / 1000} s`)
  }

  #translate({ type, data }: ServerSentEvent): WatchEvent | undefined {
    if (type === 'ready') {
      this.readySince = this.#connection.surroundings.now()
      const facts = parse(data)
      this.complete = typeof facts === 'object' && facts !== null && 'complete' in facts && facts.complete === true
      return { type }
    }
    // What later versions may add is none of ours.
    if (type !== 'presence') return undefined
    return { type, document: documentOf(data, this.#connection.base) }
  }
}

/**
 * Who was told, so that those can be found whom a snapshot does not name any more: after the daemon has begun with another store, it
 * can't know who was known before.
 */
class KnownUsers {
  #before = new Set<string>()
  #now = new Set<string>()

  /** A new stream begins. */
  begin(): void {
    for (const userId of this.#now) this.#before.add(userId)
    this.#now = new Set()
  }

  told({ user_id, sources }: PresenceDocument): void {
    this.#before.delete(user_id)
    if (Object.keys(sources).length > 0) this.#now.add(user_id)
    else this.#now.delete(user_id)
  }

  *gone(): Generator<WatchEvent, void, undefined> {
    const gone = this.#before
    this.#before = new Set()
    for (const user_id of gone) {
      const nothing = { status: 'unavailable', message: '', source: null, since: null, stale: false } as const
      yield { type: 'presence', document: { user_id, ...nothing, pending: [], sources: {} } }
    }
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

function documentOf(data: string, base: string): PresenceDocument {
  const document = parse(data)
  if (!isPresenceDocument(document)) throw new UnreachableError(`What answers at ${base} is no presence daemon.`)
  return document
}
