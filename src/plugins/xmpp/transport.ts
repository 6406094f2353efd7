// Sockets: a TCP connection, and TLS on it with a certificate that must be for the JID's domain.
import { readFile } from 'node:fs/promises'
import { connect, isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls'
import { FatalError, reason } from '../../core/errors.ts'

/** Whose certificates count, and for whom. */
export interface Trust {
  /** The JID's domain, in ASCII: not the host, which DNS (or anybody in between) may have named. */
  readonly domain: string
  /** PEM; instead of Node's own authorities. */
  readonly authorities: string | undefined
  /** The name of the source, which begins its options. */
  readonly source: string
}

/** Resolves when connected. The socket must be destroyed by the caller; its errors never end the process. */
export function openTcp(
  { host, port }: { readonly host: string; readonly port: number },
  source: string,
): { socket: Socket; connected: Promise<void> } {
  // With several addresses each is given this time before the next is tried too; Node's default is too short for long ways.
  const socket = connect({ host, port, noDelay: true, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2_000 })
  const connected = event(socket, 'connect').catch((error: unknown) => {
    throw tcpFailure(error, source)
  })
  return { socket, connected }
}

/** TLS on a connected socket. ALPN tells a shared port that it is XMPP (XEP-0368). */
export function startTls(socket: Socket, trust: Trust, direct: boolean): { socket: TLSSocket; secured: Promise<void> } {
  const { domain, authorities } = trust
  const secure = connectTls({
    socket,
    // An address is no server name (RFC 6066), but the certificate is checked against it all the same.
    servername: isIP(domain) === 0 ? domain : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(domain, certificate),
    ...(authorities !== undefined && { ca: authorities }),
    ...(direct && { ALPNProtocols: ['xmpp-client'] }),
  })
  const secured = event(secure, 'secureConnect').catch((error: unknown) => {
    throw tlsFailure(error, trust)
  })
  return { socket: secure, secured }
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

function tcpFailure(error: unknown, source: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const check = `check ${source}_host and ${source}_port`
  switch (code) {
    case 'ECONNREFUSED':
      return new Error(`the connection was refused; start the server, or ${check}`)
    case 'ENOTFOUND':
      return new Error(`no such host; check ${source}_host, or the domain of ${source}_jid`)
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

function tlsFailure(error: unknown, { domain, source }: Trust): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (NOT_TRUSTED.has(code)) {
    return new FatalError(
      `the server's certificate is by no authority that is trusted here; set ${source}_ca_file to the authority's certificate (${code})`,
    )
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new FatalError(
      `the server's certificate is not for ${domain}; check ${source}_jid and ${source}_host, or give the server a certificate for ${domain}`,
    )
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return new FatalError(
      `the server's certificate is not valid at this time (${code}); renew it, and check both clocks`,
    )
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return new Error(`TLS failed (${code}); check that ${source}_tls is what the server speaks at this port`)
  }
  return new Error(`TLS failed: ${reason(error)}`)
}
