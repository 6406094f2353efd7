// TLS under HTTP: the certificate and its renewal without a restart, and what a client hears that speaks no TLS.
import type { Server } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import { Socket } from 'node:net'
import { type TLSSocket, Server as TlsServer } from 'node:tls'
import type { Clock } from '../core/clock.ts'
import { sayFarewell } from './client-errors.ts'
import { Problem } from './problem.ts'

export interface ServerCertificate {
  /** PEM: the server's own, then those that lead to its authority. */
  readonly certificate: string
  readonly key: string
}

/** `handshakeTimeout` in milliseconds. */
export function createTlsServer(
  http: ServerOptions,
  given: ServerCertificate,
  { handshakeTimeout, clock }: { readonly handshakeTimeout: number; readonly clock: Clock },
): Server {
  const server = createServer({ ...http, ...contextOf(given), handshakeTimeout })
  // Otherwise they would be taken for requests that are no HTTP.
  server.removeAllListeners('tlsClientError')
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ERR_SSL_HTTP_REQUEST') explain(socket, clock)
    socket.destroy()
  })
  return server
}

/** For connections from now on; those that are open stay as they are. Without effect on a server without TLS. */
export function renewCertificate(server: Server, given: ServerCertificate): void {
  if (server instanceof TlsServer) server.setSecureContext(contextOf(given))
}

function contextOf({ certificate, key }: ServerCertificate) {
  return { cert: certificate, key, minVersion: 'TLSv1.2' } as const
}

/** In the clear, as the client speaks. Node has no public way to the connection beneath; without it the client is left without words. */
function explain(socket: TLSSocket, clock: Clock): void {
  const beneath: unknown = Reflect.get(socket, '_parent')
  if (!(beneath instanceof Socket)) return
  sayFarewell(beneath, new Problem(400, 'This port speaks TLS; ask with https:// instead of http://.'), clock)
}
