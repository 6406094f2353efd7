// The routes of watching: who is watched, how many streams there may be, and when a stream has to end.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../core/clock.ts'
import { Distribution } from '../core/distribution.ts'
import { reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { TokenVerifier } from '../core/tokens.ts'
import { foldUserId } from '../core/user-id.ts'
import type { WatchChoice } from '../core/watchers.ts'
import { checkedQuestion, readWatchQuery } from './asked.ts'
import type { Authentication, Bearer } from './auth.ts'
import { parseBody } from './body.ts'
import { positionOf } from './event-ids.ts'
import { Problem, pointer } from './problem.ts'
import { Rounds } from './rounds.ts'
import type { ShapeBounds } from './shape-bounds.ts'
import type { Views } from './views.ts'
import { WatchStream } from './watch-stream.ts'

export const WATCH_PATH = '/v1/watch'
/** In seconds, of what changes wait for a stream: from at once to a reader that hardly reads. */
const DELAY_BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** How soon a client may try again that found too many streams, in seconds. */
const RETRY_AFTER = 10

export interface WatchParts {
  readonly views: Views
  readonly authentication: Authentication
  readonly tokens: Pick<TokenVerifier, 'verify'>
  readonly clock: Clock
  readonly log: Log
  /** The most streams at once, in all and with tokens of one user. */
  readonly maxStreams: number
  readonly maxStreamsPerUser: number
}

interface Asked {
  readonly choice: WatchChoice
  readonly spellings: ReadonlyMap<string, string>
}

/** Whose stream it is, and the domain that it is about (undefined: all). */
interface Watcher extends Bearer {
  readonly domain: string | undefined
}

/** The open streams, each of which lives as long as its token, and as long as that sees the same. */
export class Watches {
  readonly #parts: WatchParts
  readonly #streams = new Map<WatchStream, Watcher>()
  readonly #rounds = new Rounds()
  /** How many there are of each user, by the folded id. */
  readonly #ofUsers = new Map<string, number>()

  /** How long changes wait for their streams, in seconds. */
  readonly delays = new Distribution(DELAY_BOUNDS)

  constructor(parts: WatchParts) {
    this.#parts = parts
  }

  /** How many streams are open. */
  get count(): number {
    return this.#streams.size
  }

  /** Ends those whose tokens are not valid any more, or may see others than before, since the secrets or the rights have changed. */
  recheck(): void {
    const { tokens, views } = this.#parts
    for (const [stream, { token, userId, domain }] of this.#streams) {
      if (!tokens.verify(token).ok || views.of(userId).domain !== domain) stream.end('expired')
    }
  }

  endAll(): void {
    for (const stream of this.#streams.keys()) stream.end()
  }

  /** Answers with a stream; resolves when it is over. */
  async open(request: FastifyRequest, reply: FastifyReply, bearer: Bearer, asked: Asked): Promise<void> {
    const { views, clock, log } = this.#parts
    const owner = foldUserId(bearer.userId)
    this.#checkRoom(owner)
    const view = views.of(bearer.userId)
    const resume = positionOf(view.positions.read(String(request.headers['last-event-id'] ?? '')))
    reply.header('content-type', 'text/event-stream; charset=utf-8')
    // Proxies that would gather the events into larger pieces (nginx) let them through.
    reply.header('x-accel-buffering', 'no')
    reply.hijack()
    const response = reply.raw
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) response.setHeader(name, value)
    response.flushHeaders()
    const rounds = this.#rounds
    const stream = new WatchStream({ response, view, clock, rounds, resume, delays: this.delays, ...asked })
    this.#streams.set(stream, { ...bearer, domain: view.domain })
    this.#count(owner, 1)
    const cancel = this.#expire(stream, bearer)
    try {
      await stream.run()
    } catch (error) {
      // The answer has begun, so nobody else ends it, or tells of it.
      stream.fail(error)
      log.error(`a stream of ${WATCH_PATH} failed, and was ended: ${reason(error)}; please report this as a defect`)
    } finally {
      cancel()
      this.#streams.delete(stream)
      this.#count(owner, -1)
    }
  }

  #checkRoom(owner: string): void {
    const { maxStreams, maxStreamsPerUser } = this.#parts
    if (this.#streams.size >= maxStreams) {
      throw tooMany('Too many streams are open; try again later, or raise server_max_streams.')
    }
    if ((this.#ofUsers.get(owner) ?? 0) >= maxStreamsPerUser) {
      throw tooMany('Too many streams of this user are open; close some, or raise server_max_streams_per_user.')
    }
  }

  #count(owner: string, change: 1 | -1): void {
    const count = (this.#ofUsers.get(owner) ?? 0) + change
    if (count === 0) this.#ofUsers.delete(owner)
    else this.#ofUsers.set(owner, count)
  }

  /** Ends the stream when its token does, by the wall clock; one that was set back gives it more time. */
  #expire(stream: WatchStream, { token, expires }: Bearer): () => void {
    const { clock, tokens } = this.#parts
    let cancel = (): void => {}
    const wait = (until: number): void => {
      cancel = clock.after(until - clock.wall() + 1, () => {
        const verdict = tokens.verify(token)
        if (verdict.ok) wait(verdict.expires)
        else stream.end('expired')
      })
    }
    wait(expires)
    return () => cancel()
  }
}

function tooMany(detail: string): Problem {
  return new Problem(429, detail, { headers: { 'retry-after': String(RETRY_AFTER) } })
}

export function addWatchRoutes(
  app: FastifyInstance,
  watches: Watches,
  authentication: Authentication,
  bounds: ShapeBounds,
): void {
  app.get(WATCH_PATH, async (request, reply) => {
    const bearer = authentication.bearer(request)
    await watches.open(request, reply, bearer, askedInQuery(request.url, bounds))
  })

  app.post(WATCH_PATH, async (request, reply) => {
    const body = parseBody(request.body)
    const bearer = authentication.bearer(request)
    const { user_ids: userIds } = checkedQuestion(body)
    bounds.checkUserIds('user_ids', userIds, { pointer: pointer('user_ids') })
    await watches.open(request, reply, bearer, askedUsers(userIds))
  })
}

function askedInQuery(url: string, bounds: ShapeBounds): Asked {
  const { user_id: users, domain } = readWatchQuery(url)
  if (users !== undefined) {
    bounds.checkUserIds('user_id', users)
    return askedUsers(users)
  }
  const choice: WatchChoice = domain === undefined ? { everybody: true } : { domain: foldUserId(domain) }
  return { choice, spellings: new Map() }
}

/** Of several spellings of one user the first is told. */
function askedUsers(userIds: readonly string[]): Asked {
  const spellings = new Map<string, string>()
  for (const userId of userIds) {
    const folded = foldUserId(userId)
    if (!spellings.has(folded)) spellings.set(folded, userId)
  }
  return { choice: { users: new Set(spellings.keys()) }, spellings }
}
