// Cross-origin requests: which web pages elsewhere may read the answers (the Fetch standard's CORS protocol).
import type { FastifyReply, FastifyRequest } from 'fastify'

const ALLOWED_HEADERS = 'Authorization, Content-Type, Last-Event-ID'
const EXPOSED_HEADERS = 'Presence-Ignored, Retry-After'

/** How long a browser may remember a preflight's answer, in seconds. */
const PREFLIGHT_AGE = '600'

export class Cors {
  #allowed: ReadonlySet<string> = new Set()

  constructor(allowedOrigins: readonly string[]) {
    this.configure(allowedOrigins)
  }

  /** The origins whose pages may ask, as `https://HOST[:PORT]`, or `*` for all. */
  configure(allowedOrigins: readonly string[]): void {
    this.#allowed = new Set(allowedOrigins.map(comparable))
  }

  /** Whether an origin is named among the allowed ones; that all may ask names none. */
  names(origin: string): boolean {
    return this.#allowed.has(comparable(origin))
  }

  /** Adds what a browser needs to an answer of `/` and `/v1`. Returns true when the request was a preflight and is answered. */
  apply(request: FastifyRequest, reply: FastifyReply): boolean {
    if (!isShared(request.url)) return false
    // Also on answers to others, so that no cache mixes them up.
    reply.header('vary', 'Origin')
    const origin = request.headers.origin
    if (origin === undefined || !this.#allows(origin)) return false
    reply.header('access-control-allow-origin', origin)
    reply.header('access-control-expose-headers', EXPOSED_HEADERS)
    if (request.method !== 'OPTIONS') return false
    const methods = request.url.startsWith('/v1') ? 'GET, HEAD, POST, PUT, DELETE' : 'GET, HEAD, POST, PUT'
    reply
      .code(204)
      .header('access-control-allow-methods', methods)
      .header('access-control-allow-headers', ALLOWED_HEADERS)
      .header('access-control-max-age', PREFLIGHT_AGE)
      .send()
    return true
  }

  #allows(origin: string): boolean {
    return this.#allowed.has('*') || this.names(origin)
  }
}

/** Whether a path belongs to the parts that other origins may use. */
function isShared(url: string): boolean {
  return url === '/' || url.startsWith('/?') || url === '/v1' || url.startsWith('/v1/')
}

function comparable(origin: string): string {
  return origin.toLowerCase().replace(/\/$/, '')
}
