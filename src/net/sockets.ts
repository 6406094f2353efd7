// Sockets: a TCP connection, TLS on it, and the authorities that count for that.
import { connect, isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls'
import { FatalError, reason } from '../core/errors.ts'
import { readPlainFile } from '../core/plain-file.ts'
import { type FailureWords, tcpFailure, tlsFailure } from './failures.ts'

/** A socket that is being made ready. It must be destroyed by the caller; its errors never end the process. */
export interface Opening<S extends Socket = Socket> {
  readonly socket: S
  readonly ready: Promise<void>
}

/** Whose certificates count. */
export interface TlsSettings {
  /** Whom the certificate has to name. */
  readonly identity: string
  /** PEM; instead of Node's own authorities. */
  readonly authorities: string | undefined
  /** What tells a shared port which protocol it is (ALPN, RFC 7301). */
  readonly alpn?: readonly string[]
  /** Whether the certificate is checked; by default it is. */
  readonly verify?: boolean
}

export function openTcp(
  { host, port }: { readonly host: string; readonly port: number },
  words: FailureWords,
): Opening {
  // With several addresses each is given this time before the next is tried too; Node's default is too short for long ways.
  const socket = connect({ host, port, noDelay: true, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2_000 })
  return { socket, ready: event(socket, 'connect', (error) => tcpFailure(error, words)) }
}

/** TLS on a connected socket. */
export function startTls(tcp: Socket, settings: TlsSettings, words: FailureWords): Opening<TLSSocket> {
  const { identity, authorities, alpn, verify = true } = settings
  const socket = connectTls({
    socket: tcp,
    // An address is no server name (RFC 6066), but the certificate is checked against it all the same.
    servername: isIP(identity) === 0 ? identity : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(identity, certificate),
    rejectUnauthorized: verify,
    ...(authorities !== undefined && { ca: authorities }),
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
  })
  return { socket, ready: event(socket, 'secureConnect', (error) => tlsFailure(error, words)) }
}

/** The authorities in the file of an option; undefined without one. Read anew for each session, so that a renewed file counts. */
export async function readAuthorities(file: string | undefined, option: string): Promise<string | undefined> {
  if (file === undefined) return undefined
  let text: string
  try {
    text = (await readPlainFile(file)).content.toString()
  } catch (error) {
    throw new FatalError(`${option} can't be read: ${reason(error)}`)
  }
  if (/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(text)) return text
  throw new FatalError(
    `${option}: ${file} holds no certificate; it must be in PEM form ("-----BEGIN CERTIFICATE-----")`,
  )
}

/** Resolves at the event, rejects when the socket fails or closes before. */
function event(socket: Socket, name: 'connect' | 'secureConnect', failure: (error: Error) => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(name, resolve)
    // Stays for the life of the socket: an error that nobody listens to would end the process.
    socket.on('error', (error) => reject(failure(error)))
    socket.once('close', () => reject(failure(new Error('the connection was closed'))))
  })
}
