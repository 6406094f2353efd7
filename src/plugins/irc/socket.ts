// Sockets: a TCP connection, with TLS where it is asked for, and what went wrong in words that help.
import { readFile } from 'node:fs/promises'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import type { Clock } from '../../core/clock.ts'
import { FatalError, reason } from '../../core/errors.ts'
import { inTime, STEP } from './deadline.ts'

export interface Target {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Whether a certificate must be by a known authority and for the host. */
  readonly verify: boolean
  /** PEM; instead of Node's own authorities. */
  readonly caFile: string | undefined
  /** The name of the source, which begins its options. */
  readonly source: string
}

/** An open connection, encrypted where that is wanted. It belongs to the caller; nothing is left open on failure or after the signal. */
export async function openSocket(target: Target, clock: Clock, signal: AbortSignal): Promise<Socket> {
  const { host, port, tls, source } = target
  const ca = tls ? await readAuthorities(target.caFile, source) : undefined
  signal.throwIfAborted()
  const sockets: Socket[] = []
  const stop = () => {
    for (const socket of sockets) socket.destroy()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const tcp = connect({ host, port, noDelay: true, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2_000 })
    sockets.push(tcp)
    await inTime(
      clock,
      STEP,
      'the connection',
      event(tcp, 'connect', (error) => tcpFailure(error, source)),
    )
    if (!tls) return tcp
    const secure = connectTls({
      socket: tcp,
      host,
      // An address is no server name (RFC 6066), but the certificate is checked against it all the same.
      servername: isIP(host) === 0 ? host : '',
      rejectUnauthorized: target.verify,
      ...(ca !== undefined && { ca }),
    })
    sockets.push(secure)
    await inTime(
      clock,
      STEP,
      'the TLS handshake',
      event(secure, 'secureConnect', (error) => tlsFailure(error, target)),
    )
    return secure
  } catch (error) {
    stop()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** What protects it: `TLSv1.3`, say. */
export function protectionOf(socket: Socket): string {
  if (!(socket instanceof TLSSocket)) return 'no encryption'
  const protocol = socket.getProtocol() ?? 'TLS'
  return socket.authorized ? protocol : `${protocol} with a certificate that is not checked`
}

/** The authorities of `ca_file`, read anew for each session, so that a renewed file counts. */
async function readAuthorities(file: string | undefined, source: string): Promise<string | undefined> {
  if (file === undefined) return undefined
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new FatalError(`${source}_ca_file can't be read: ${reason(error)}`)
  }
  if (/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(text)) return text
  throw new FatalError(
    `${source}_ca_file: ${file} holds no certificate; it must be in PEM form ("-----BEGIN CERTIFICATE-----")`,
  )
}

/** Resolves at the event, rejects when the socket fails or closes before. */
function event(socket: Socket, name: 'connect' | 'secureConnect', failure: (error: Error) => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(name, resolve)
    // Stays for the life of the socket: an error that nobody listens to would end the process.
    socket.on('error', (error) => reject(failure(error)))
    socket.once('close', () => reject(new Error('the connection was closed')))
  })
}

function tcpFailure(error: Error, source: string): Error {
  const check = `check ${source}_server and ${source}_port`
  const code = codeOf(error)
  switch (code) {
    case 'ECONNREFUSED':
      return new Error(`the connection was refused; start the server, or ${check}`)
    case 'ENOTFOUND':
      return new Error(`no such host; check ${source}_server`)
    case 'EAI_AGAIN':
      return new Error('the host could not be looked up: the DNS does not answer')
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return new Error(`the host can't be reached (${code}); check the network, or ${check}`)
    default:
      return new Error(`no connection: ${reason(error)}`)
  }
}

/** Codes that mean: nobody whom we trust has signed it. */
const NOT_TRUSTED = /^(CERT_REJECTED|CERT_UNTRUSTED|.*SELF_SIGNED_CERT.*|UNABLE_TO_.*|CERT_SIGNATURE_FAILURE)$/

function tlsFailure(error: Error, { host, source }: Target): Error {
  const code = codeOf(error)
  if (NOT_TRUSTED.test(code)) {
    return new FatalError(
      `the server's certificate is by no authority that is trusted here; set ${source}_ca_file to the authority's certificate (${code})`,
    )
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new FatalError(
      `the server's certificate is not for ${host}; set ${source}_server to the name that it is for, or give the server another one`,
    )
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return new FatalError(
      `the server's certificate is not valid at this time (${code}); renew it, and check both clocks`,
    )
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return new Error(
      `TLS failed (${code}); check that ${source}_port is the server's port for TLS, or set ${source}_tls`,
    )
  }
  return new Error(`TLS failed: ${reason(error)}`)
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}
