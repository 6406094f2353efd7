// Requests whose end a proxy in front of this server may see elsewhere: they are the last ones of their connections.
import type { Socket } from 'node:net'
import type { Handler } from './pipelines.ts'

/**
 * HTTP/1.0 knows no chunks, so a proxy that speaks it takes a chunked body for the next request, and lets somebody's bytes through
 * as another one (RFC 9112, section 6.1). Such a request is answered, and nothing behind it is even begun.
 */
export function lastIfFaulty(handler: Handler): Handler {
  const over = new WeakSet<Socket>()
  return (request, response) => {
    const { socket, httpVersion, headers } = request
    if (over.has(socket)) return
    if (httpVersion === '1.0' && headers['transfer-encoding'] !== undefined) {
      over.add(socket)
      response.shouldKeepAlive = false
    }
    handler(request, response)
  }
}
