// fetch for what Node's own can't reach: a Unix socket, and a daemon whose certificate no authority on this machine has signed.
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { type RequestOptions, request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import { rootCertificates } from 'node:tls'

export interface Target {
  /** Through this socket, whatever the address says. */
  readonly socket?: string | undefined
  /** PEM: this very certificate is believed. */
  readonly certificate?: string | undefined
  /** It is believed under any name, and no other one is: the address is only how this machine reaches the daemon. */
  readonly pinned?: boolean
}

type Fetch = typeof globalThis.fetch

/** As much of fetch as the client uses: a text or bytes as body, no redirects, no cookies. */
export function localFetch(target: Target): Fetch {
  return async (input, init = {}) => {
    const url = new URL(String(input))
    const answer = await exchange(url, { ...trust(target), ...(target.socket && { socketPath: target.socket }) }, init)
    const headers = new Headers()
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined) headers.set(name, String(value))
    }
    const status = answer.statusCode ?? 0
    const isEmpty = [204, 205, 304].includes(status)
    if (isEmpty) answer.resume()
    return new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>), { status, headers })
  }
}

function exchange(url: URL, options: RequestOptions, init: RequestInit): Promise<IncomingMessage> {
  const { method = 'GET', headers, body, signal } = init
  return new Promise((resolve, reject) => {
    const bytes = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : Buffer.alloc(0)
    const request = url.protocol === 'https:' ? requestHttps : requestHttp
    const asked = request(url, {
      ...options,
      method,
      headers: { ...Object.fromEntries(new Headers(headers)), 'content-length': bytes.length },
      ...(signal != null && { signal }),
    })
    asked.once('error', reject)
    asked.once('response', resolve)
    asked.end(bytes)
  })
}

function trust({ certificate, pinned = false }: Target): RequestOptions {
  if (certificate === undefined) return {}
  const options = { ca: pinned ? [certificate] : [...rootCertificates, certificate], allowPartialTrustChain: true }
  return pinned ? { ...options, checkServerIdentity: () => undefined } : options
}
