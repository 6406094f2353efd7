// An HTTP server whose answers a test writes itself, piece by piece: for streams that break in every way.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import type { Status } from '../../src/client/index.ts'
import { listenOnLoopback } from './loopback.ts'

export interface OpenRequest {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly response: ServerResponse
  /** Begins the answer as a stream of events, and writes the first of them. */
  stream(...events: readonly string[]): void
  write(bytes: string | Uint8Array): void
  /** Answers with a problem document. */
  refuse(status: number, headers?: Readonly<Record<string, string>>): void
  /** Breaks the connection in the middle. */
  cut(): void
  /** Resolves when the client has gone. */
  readonly gone: Promise<unknown>
}

export interface StreamServer {
  readonly url: string
  /** How many requests there were. */
  readonly count: number
  /** The next request that no call was given yet. */
  next(): Promise<OpenRequest>
}

/** Listens on a free port of loopback until the test ends. */
export async function startStreamServer(t: TestContext): Promise<StreamServer> {
  const waiting: Array<(request: OpenRequest) => void> = []
  const unread: OpenRequest[] = []
  let count = 0
  const server = createServer(async (request, response) => {
    let body = ''
    request.setEncoding('utf8')
    for await (const chunk of request) body += String(chunk)
    count += 1
    const { method, url, headers } = request
    const open: OpenRequest = {
      ...{ method, url, headers, body, response },
      stream(...events) {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
        for (const event of events) response.write(event)
      },
      write: (bytes) => void response.write(bytes),
      refuse: (status, more = {}) =>
        void response
          .writeHead(status, { 'content-type': 'application/problem+json', ...more })
          .end(JSON.stringify({ type: 'about:blank', title: 'No', status, detail: `Refused with ${status}.` })),
      cut: () => response.destroy(),
      gone: once(response, 'close'),
    }
    const taker = waiting.shift()
    if (taker === undefined) unread.push(open)
    else taker(open)
  })
  const port = await listenOnLoopback(t, server)
  return {
    url: `http://127.0.0.1:${port}`,
    get count() {
      return count
    },
    next() {
      const request = unread.shift()
      return request === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(request)
    },
  }
}

/** One event as it stands in a stream. */
export function sse(type: string, data: unknown, id?: string): string {
  return `event: ${type}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}

/** A presence document as the daemon writes it. */
export function documentOf(userId: string, status: Status, message = '') {
  return {
    ...{ user_id: userId, status, message, source: 'spreed', since: '2026-11-23T09:12:44.120Z', stale: false },
    pending: [],
    sources: {},
  }
}
