// The sockets under HTTP: Node's server with its limits, and how it comes to listen.
import { createServer, type Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Server as TlsServer } from 'node:tls'
import type { Clock } from '../core/clock.ts'
import { FatalError, reason } from '../core/errors.ts'
import type { Limits } from './limits.ts'
import { createTlsServer, type ServerCertificate } from './tls.ts'
import { listenOnSocket, type SocketRights, socketPath } from './unix-socket.ts'

/** After so many turns of the event loop everything is read that had come before. */
const TURNS = 3

export function createNodeServer(limits: Limits, clock: Clock, certificate: ServerCertificate | undefined): Server {
  const options = {
    maxHeaderSize: limits.maxHeaders,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    connectionsCheckingInterval: limits.checkInterval,
    keepAliveTimeout: limits.keepAliveTimeout,
    noDelay: true,
    // Some of the old clients are not careful.
    requireHostHeader: false,
  }
  const handshakeTimeout = limits.headersTimeout
  const server =
    certificate === undefined
      ? createServer(options)
      : createTlsServer(options, certificate, { handshakeTimeout, clock })
  server.setTimeout(limits.idleTimeout)
  // Expectations that are not understood may be passed over (RFC 9110, section 10.1.1).
  return server.on('checkExpectation', (request, response) => server.emit('request', request, response))
}

/** Resolves with `http://ADDRESS:PORT`, `https://...` or `unix:/path`; rejects with a FatalError that says what to do. */
export function listen(server: Server, bind: string, port: number, rights: SocketRights): Promise<string> {
  const path = socketPath(bind)
  if (path !== undefined) return listenOnSocket(server, path, rights)
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

/**
 * Takes nothing new, and resolves when every connection is closed. Requests that have come already are read before idle connections are
 * closed, or they would be left without an answer.
 */
export async function stopListening(server: Server): Promise<void> {
  // That of HTTP closes what is idle at once.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
  for (let turn = 0; turn < TURNS; turn += 1) await nextTurn()
  server.closeIdleConnections()
  await closed
}

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return String(address)
  const scheme = server instanceof TlsServer ? 'https' : 'http'
  return `${scheme}://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
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
