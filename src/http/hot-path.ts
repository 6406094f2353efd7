// The hot path: plain questions and publications of `/`, answered without the framework; whatever is not plain, or is refused, goes on to it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodyReader } from './body.ts'
import { JSON_TYPE } from './json-text.ts'
import type { Handler } from './pipelines.ts'
import { IGNORED_HEADER, type PresenceResource } from './presence-resource.ts'
import { CACHE_CONTROL } from './problem.ts'

/** The largest body that comes this way, in bytes: of so much of each no account is kept. */
export const LARGEST = 64 * 1024

/** What every answer here says. No page of another origin has asked, but a cache has to know that one might. */
const HEADERS: readonly string[] = ['cache-control', CACHE_CONTROL, 'vary', 'Origin']

export interface HotPathParts {
  readonly resource: Pick<PresenceResource, 'wholeAnswerTo' | 'authenticated' | 'publications' | 'publish'>
  readonly bodies: BodyReader
  /** Whether requests are taken as ever: the daemon is not stopping, and has not just been stopped for a while. */
  isOpen(): boolean
  isStopping(): boolean
}

/**
 * Hands every request to `next`, the framework, but for those that can be answered with 200 at once. A request that is refused here
 * goes there as well, with its body: there is one place for refusals, and it comes to the same ones.
 */
export function hotPath({ resource, bodies, isOpen, isStopping }: HotPathParts, next: Handler): Handler {
  function question(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const answer = resource.wholeAnswerTo(request, body)
    if (answer === undefined) goOn(request, response, body)
    else send(response, answer, ['content-type', JSON_TYPE])
  }

  function publication(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const publications = resource.publications(resource.authenticated(request, body))
    const { ignored } = publications
    const saved = (): void => send(response, '', ignored.length > 0 ? [IGNORED_HEADER, ignored.join(', ')] : [])
    resource.publish(publications).then(saved, (error: unknown) => goOn(request, response, error))
  }

  function send(response: ServerResponse, answer: string | Buffer, headers: readonly string[]): void {
    const length = String(Buffer.byteLength(answer))
    const last = isStopping() ? ['connection', 'close'] : []
    response.writeHead(200, [...HEADERS, ...headers, 'content-length', length, ...last]).end(answer)
  }

  /** With the body that was read, or with why it could not be answered. */
  function goOn(request: IncomingMessage, response: ServerResponse, outcome: unknown): void {
    bodies.readAlready(request, outcome)
    next(request, response)
  }

  return (request, response) => {
    if (!isPlain(request)) return next(request, response)
    receive(request, (body) => {
      try {
        if (!isOpen()) goOn(request, response, body)
        else if (request.method === 'GET') question(request, response, body)
        else publication(request, response, body)
      } catch {
        goOn(request, response, body)
      }
    })
  }
}

function isPlain({ method, url, headers }: IncomingMessage): boolean {
  if (url !== '/' || (method !== 'GET' && method !== 'PUT')) return false
  if (headers.origin !== undefined || headers['transfer-encoding'] !== undefined) return false
  const length = Number(headers['content-length'])
  return length > 0 && length <= LARGEST
}

/** Calls back with a whole body, and never if it does not come: then the connection has ended, or is ended by the server's own limits. */
function receive(request: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.once('end', () => {
    const [first] = chunks
    done(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks))
  })
}
