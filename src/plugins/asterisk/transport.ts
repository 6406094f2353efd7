// Sockets: a TCP connection, with TLS on it where asked for; the certificate must be for the host.
import { readFile } from 'node:fs/promises'
import { connect, isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls'
import { FatalError, reason } from '../../core/errors.ts'

export interface Address {
  readonly host: string
  readonly port: number
  /** The name of the source, which begins its options. */
  readonly source: string
}

/** A socket that is being made ready. It must be destroyed by the caller; its errors never end the process. */
export interface Opening<S extends Socket = Socket> {
  readonly socket: S
  readonly ready: Promise<void>
}

export function openTcp({ host, port, source }: Address): Opening {
  // With several addresses each is given this time before the next is tried too; Node's default is too short for long ways.
  const socket = connect({ host, port, noDelay: true, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2_000 })
  const ready = event(socket, 'connect').catch((error: unknown) => {
    throw tcpFailure(error, source)
  })
  return { socket, ready }
}

/** TLS on a connected socket. The authorities are PEM, instead of Node's own. */
export function startTls(tcp: Socket, address: Address, authorities: string | undefined): Opening<TLSSocket> {
  const { host } = address
  const socket = connectTls({
    socket: tcp,
    // An address is no server name (RFC 6066), but the certificate is checked against it all the same.
    servername: isIP(host) === 0 ? host : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
    ...(authorities !== undefined && { ca: authorities }),
  })
  const ready = event(socket, 'secureConnect').catch((error: unknown) => {
    throw tlsFailure(error, address)
  })
  return { socket, ready }
}

/** The authorities of `ca_file`; undefined without one. Read anew for each session, so that a renewed file counts. */
export async function readAuthorities(file: string | undefined, source: string): Promise<string | undefined> {
  if (file === undefined) return undefined
  const option = `${source}_ca_file`
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new FatalError(`${option} can't be read: ${reason(error)}`)
  }
  if (/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(text)) return text
  throw new FatalError(
    `${option}: ${file} holds no certificate; it must be in PEM form ("-----BEGIN CERTIFICATE-----")`,
  )
}

/** Resolves at the event, rejects when the socket fails or closes before. */
function event(socket: Socket, name: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(name, resolve)
    // Stays for the life of the socket: an error that nobody listens to would end the process.
    socket.on('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed')))
  })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function tcpFailure(error: unknown, source: string): Error {
  const code = codeOf(error)
  const check = `check ${source}_host and ${source}_port`
  switch (code) {
    case 'ECONNREFUSED':
      return new Error(
        `the connection was refused; start Asterisk, see that manager.conf says enabled = yes, or ${check}`,
      )
    case 'ENOTFOUND':
      return new Error(`no such host; check ${source}_host`)
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

const NOT_TRUSTED: ReadonlySet<string> = new Set([
  'CERT_REJECTED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
])

function tlsFailure(error: unknown, { host, source }: Address): Error {
  const code = codeOf(error)
  if (NOT_TRUSTED.has(code)) {
    return new FatalError(
      `the server's certificate is by no authority that is trusted here; set ${source}_ca_file to the authority's certificate (${code})`,
    )
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new FatalError(
      `the server's certificate is not for ${host}; set ${source}_host to a name that it is for, or give Asterisk a certificate for ${host}`,
    )
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return new FatalError(
      `the server's certificate is not valid at this time (${code}); renew it, and check both clocks`,
    )
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return new Error(
      `TLS failed (${code}); check that ${source}_port is the one of tlsbindaddr in manager.conf (5039 if it names none)`,
    )
  }
  return new Error(`TLS failed: ${reason(error)}`)
}
