// The sockets under HTTP: Node's server with its limits, and how it comes to listen.
import { createServer, type Server } from 'node:http'
import { FatalError, reason } from '../core/errors.ts'
import type { Limits } from './limits.ts'

export function createNodeServer(limits: Limits): Server {
  const server = createServer({
    maxHeaderSize: limits.maxHeaders,
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
