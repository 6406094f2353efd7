// The HTTP server over a real presence service whose store, clock and log a test holds in its hands.
import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { DEFAULT_COMBINED_ORDER } from '../../src/core/combine.ts'
import { OneTimeNotes } from '../../src/core/one-time-notes.ts'
import { PresenceService } from '../../src/core/presence-service.ts'
import { createToken, TokenVerifier } from '../../src/core/tokens.ts'
import { UserMap } from '../../src/core/user-map.ts'
import { UserTable } from '../../src/core/user-table.ts'
import { Watching } from '../../src/core/watching.ts'
import type { HttpServer, HttpServerParts } from '../../src/http/server.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { manual } from '../../src/plugins/manual/index.ts'
import { spreed } from '../../src/plugins/spreed/index.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { Undoing } from './clean-ups.ts'
import { ManualClock } from './manual-clock.ts'
import { type RecordedLog, recordedLog } from './recorded-log.ts'

export const SECRET = 'GEHEIM'
const MINUTE = 60_000

export interface Question {
  /** Text or bytes as they are, anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly pointer?: string
}

export interface Site {
  readonly clock: ManualClock
  readonly store: MemoryStore
  readonly service: PresenceService
  readonly server: HttpServer
  readonly tokens: TokenVerifier
  readonly notes: OneTimeNotes
  readonly log: RecordedLog
  readonly url: string
  /** From now on clients can make no more users than this. */
  limitUsers(maxUsers: number): void
  /** A token that is valid now, or so many seconds ago. */
  token(user?: string, age?: number): string
  /** A request to `/` with a token and these entries. */
  body(entries: unknown, more?: object): object
  ask(method: string, path: string, question?: Question): Promise<Answer>
  /** Sends these bytes as they are; resolves with all that comes back until the server closes or, given a pattern, until it is seen. */
  raw(bytes: string | Buffer, until?: RegExp): Promise<string>
}

/** Starts the server, with the sources `xmpp` (a collector), `spreed` and `manual`, and stops it after the test. */
export async function startSite(
  t: Undoing,
  changes: Partial<HttpServerParts> = {},
  listen: { readonly bind?: string; readonly mode?: number } = {},
): Promise<Site> {
  const clock = new ManualClock()
  const store = new MemoryStore()
  const log = recordedLog()
  const source = spreed.create(
    { auto_unavailable: 2 },
    { source: 'spreed', log, clock, mapUser: () => undefined, mappedIds: () => [] },
  )
  const own = manual.create(
    { expire: 24, requires_presence: true },
    { source: 'manual', log, clock, mapUser: () => undefined, mappedIds: () => [] },
  )
  if ('run' in source || 'run' in own) throw new TypeError('neither is a collector')
  const rules = {
    publishable: new Map([
      ['spreed', source],
      ['manual', own],
    ]),
    combinedOrder: DEFAULT_COMBINED_ORDER,
    userMap: new UserMap(),
    forgetAfter: undefined,
  }
  const service = await PresenceService.start({
    ...{ store, clock, log, rules },
    sources: [
      { name: 'xmpp', kind: 'collector', grace: MINUTE },
      { name: 'spreed', kind: 'publishable' },
      { name: 'manual', kind: 'publishable' },
    ],
  })
  const tokens = new TokenVerifier({ secrets: [SECRET], expireMinutes: 5, wall: () => clock.wall() })
  const notes = new OneTimeNotes({ store, clock })
  const parts = {
    service,
    tokens,
    notes,
    clock,
    log,
    nodeName: 'node-a',
    allowedOrigins: [],
    trustedProxies: [],
    maxStreams: 100,
  }
  const server = createHttpServer({ ...parts, ...changes })
  const url = await server.listen(listen.bind ?? '127.0.0.1', 0, { mode: listen.mode ?? 0o600 })
  t.after(async () => {
    const closed = server.close()
    clock.advance(MINUTE)
    await closed
    await service.close()
  })
  const token = (user = 'markd@kopano.com', age = 0) => createToken(SECRET, user, Math.floor(clock.wall() / 1000) - age)
  return {
    ...{ clock, store, service, server, tokens, notes, log, url, token },
    limitUsers: (maxUsers) => service.configure({ ...rules, maxUsers }),
    body: (entries, more = {}) => ({ AuthenticationToken: token(), Type: 'UserStatus', UserStatus: entries, ...more }),
    ask: (method, path, question) => ask(url, method, path, question),
    raw: (bytes, until) => raw(Number(new URL(url).port), bytes, until),
  }
}

/** The header that shows a token of this user, as the SDK sends it. */
export function authorized(site: Site, user?: string): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { authorization: `Bearer ${Buffer.from(site.token(user)).toString('base64url')}` } }
}

/** For a service that nobody watches. */
export function unwatched(): Watching {
  const read = () => assert.fail('nobody is read')
  const parts = { table: new UserTable(), clock: new ManualClock(), store: new MemoryStore() }
  return new Watching({ ...parts, read, isTurned: () => false }, [])
}

/** The problem that an answer tells, after checking that it is one. */
export function problemOf(answer: Answer): ProblemBody {
  if (answer.headers['content-type'] !== 'application/problem+json') {
    throw new Error(`no problem but ${answer.status} ${answer.headers['content-type']}: ${answer.body}`)
  }
  return JSON.parse(answer.body) as ProblemBody
}

function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body
  if (body === undefined) return Buffer.alloc(0)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function ask(url: string, method: string, path: string, { body, headers = {}, agent }: Question = {}): Promise<Answer> {
  const bytes = bytesOf(body)
  const length = body === undefined ? {} : { 'content-length': String(bytes.length) }
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers: { ...length, ...headers }, agent: agent ?? new Agent() }
    const asked = request(options, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('error', reject)
      answer.once('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() })
      })
    })
    asked.once('error', reject)
    asked.end(bytes)
  })
}

function raw(port: number, bytes: string | Buffer, until?: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (until?.test(text)) socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(text))
  })
}
