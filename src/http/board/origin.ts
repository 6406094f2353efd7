// Where a request to the board comes from: its own page, a page elsewhere, or no page at all; and whether over TLS.
import type { IncomingHttpHeaders } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'

/**
 * Whether a page of this very origin asks. Browsers say so themselves (Fetch Metadata), but not over plain HTTP; then the Origin is
 * compared with the name under which they, or the proxy for them, asked. Pages elsewhere can set none of these headers.
 */
export function isSameOrigin({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin } = headers
  if (origin === undefined || !/^https?:/i.test(origin) || !URL.canParse(origin)) return false
  return isNamed(new URL(origin), headers.host) || isNamed(new URL(origin), forwarded(headers, 'host'))
}

/** Refuses whoever is not a page of this very origin: for requests on which a cookie counts. */
export function checkSameOrigin(request: FastifyRequest): void {
  if (isSameOrigin(request)) return
  throw new Problem(
    403,
    'Only the page of the board may ask for this. If it did, let the proxy pass the header Host on.',
  )
}

/**
 * Refuses to sign in for a page elsewhere, which could sign somebody in as somebody else; but not for one of a host application, nor
 * for a program that is no browser.
 */
export function checkSignInOrigin(request: FastifyRequest, isHostApplication: (origin: string) => boolean): void {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (isSameOrigin(request) || (origin === undefined && site === undefined)) return
  if (origin !== undefined && isHostApplication(origin)) return
  throw new Problem(
    403,
    'Pages of this origin may not sign anybody in to the board; name the origin in server_allowed_origins, or, if it is the ' +
      'board itself, let the proxy pass the header Host on.',
  )
}

/** Whether the browser asked over TLS: the daemon itself, or, as only it or a page of the board can tell, a proxy; a page elsewhere stands for itself. */
export function isSecure(request: Pick<FastifyRequest, 'headers' | 'raw'>): boolean {
  const { headers, raw } = request
  if (raw.socket instanceof TLSSocket) return true
  const isPage = /^https:/i.test(headers.origin ?? '') && isSameOrigin(request)
  return isPage || forwarded(headers, 'proto') === 'https'
}

/** What the proxy nearest to the browser has passed on. */
function forwarded(headers: IncomingHttpHeaders, what: 'host' | 'proto'): string | undefined {
  const values = headers[`x-forwarded-${what}`]
  return values === undefined ? undefined : String(values).split(',')[0]?.trim().toLowerCase()
}

/** Whether the header Host means this origin; a port that goes without saying may stand in it or not. */
function isNamed({ protocol, host }: URL, header: string | undefined): boolean {
  const named = `${protocol}//${header}`
  return header !== undefined && URL.canParse(named) && new URL(named).host === host
}
