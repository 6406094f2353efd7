// The sockets under HTTP: Node's server with its limits, and how it comes to listen.
import { createServer, type Server } from 'node:http'
import { FatalError, reason } from '../core/errors.ts'

/** Times in milliseconds. */
export interface Limits {
  /** From the first byte of a request to the last of its headers, and to the last of its body. */
  readonly headersTimeout: number
  readonly requestTimeout: number
  /** How often these two are looked at. */
  readonly checkInterval: number
  /** How long a connection may be silent within a request or an answer, and how long between two requests. */
  readonly idleTimeout: number
  readonly keepAliveTimeout: number
  /** How long requests may take to finish when the server closes. */
  readonly closeTimeout: number
}

export const LIMITS: Limits = {
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  checkInterval: 2_000,
  idleTimeout: 120_000,
  // Longer than the usual proxies keep theirs, or one could pick a connection that is just being closed here.
  keepAliveTimeout: 75_000,
  closeTimeout: 3_000,
}

/** Room in bytes for a path of 1,024 code points (four bytes each, written as %XX) and a token of the same user beside it. */
export const HEADER_LIMIT = 32 * 1024

export function createNodeServer(limits: Limits): Server {
  const server = createServer({
    maxHeaderSize: HEADER_LIMIT,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    connectionsCheckingInterval: limits.checkInterval,
    keepAliveTimeout: limits.keepAliveTimeout,
    noDelay: true,
    // Some of the old clients are not careful.
    requireHostHeader: false,
  })
  server.setTimeout(limits.idleTimeout)
  // Expectations that are not understood may be passed over (RFC 9110, section 10.1.1).
  return server.on('checkExpectation', (request, response) => server.emit('request', request, response))
}

/** Resolves with `http://ADDRESS:PORT`; rejects with a FatalError that says what to do. */
export function listen(server: Server, bind: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      reject(new FatalError(`cannot listen on ${bind} port ${port}: ${remedy(error)}`, { cause: error }))
    }
    server.once('error', fail)
    server.listen({ host: bind, port }, () => {
      server.removeListener('error', fail)
      resolve(addressOf(server))
    })
  })
}

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return String(address)
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}

function remedy(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'another process uses it; stop that, or choose another server_port'
    case 'EACCES':
      return 'this user may not; choose a server_port over 1023'
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address; correct server_bind'
    default:
      return reason(error)
  }
}
