// Counts the requests: by route, method and status, and how long each took. Cheap, since every request pays for it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Distribution } from '../core/distribution.ts'

/** Of one route and method. */
export interface RequestCounts {
  readonly route: string
  readonly method: string
  readonly codes: Map<number, number>
  /** From the first byte that was understood until the answer was handed over, in seconds. */
  readonly durations: Distribution
}

/** In seconds: from an answer out of memory to one that a client has given up on. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS'])

/** What the streams of changes are counted under: they last as long as their readers like. */
export const ENDLESS = '/v1/watch'

/** Paths that are a route of their own. */
const PLAIN: ReadonlySet<string> = new Set([
  ...['/', '/v1/users', '/v1/users/query', ENDLESS, '/v1/sources', '/v1/openapi.json'],
  ...['/docs', '/healthz', '/readyz', '/metrics'],
])

export class RequestMeter {
  readonly #counts = new Map<string, Map<string, RequestCounts>>()

  /** Everything that was counted so far. */
  counts(): RequestCounts[] {
    return [...this.#counts.values()].flatMap((methods) => [...methods.values()])
  }

  /** A request has come; it is counted when it is over, if it was answered. */
  begin({ method = '', url = '' }: IncomingMessage, response: ServerResponse): void {
    const began = performance.now()
    response.on('close', () => {
      // The client has gone without an answer, and the 200 that the response begins with is none.
      if (!response.headersSent) return
      const of = this.#of(routeOf(url), METHODS.has(method) ? method : 'other')
      const code = response.statusCode
      of.codes.set(code, (of.codes.get(code) ?? 0) + 1)
      if (of.route !== ENDLESS) of.durations.add((performance.now() - began) / 1_000)
    })
  }

  #of(route: string, method: string): RequestCounts {
    let methods = this.#counts.get(route)
    if (methods === undefined) {
      methods = new Map()
      this.#counts.set(route, methods)
    }
    let counts = methods.get(method)
    if (counts === undefined) {
      counts = { route, method, codes: new Map(), durations: new Distribution(BOUNDS) }
      methods.set(method, counts)
    }
    return counts
  }
}

/** The route that an address belongs to: one of a few names, whatever clients make up. */
export function routeOf(url: string): string {
  if (url === '/') return url
  const end = url.indexOf('?')
  const path = end < 0 ? url : url.slice(0, end)
  if (PLAIN.has(path)) return path
  const [, first, second, third, ...rest] = path.split('/', 6)
  if (first === 'v1' && second === 'users' && third !== undefined) {
    if (rest.length === 0) return '/v1/users/{user_id}'
    if (rest.length === 1) return '/v1/users/{user_id}/{source}'
  }
  if (first === 'board' || first === 'operator') return `/${first}/`
  return 'other'
}
