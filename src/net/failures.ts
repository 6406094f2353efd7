// What went wrong with a connection, in words that help; which of it no retry mends.
import { FatalError, reason } from '../core/errors.ts'

/** What only the one knows who connects: whom it wants to reach, and which options are about that. */
export interface FailureWords {
  /** That the connection was refused, and what to do then. */
  readonly refused: string
  /** What to look at when the host can't be reached: `check xmpp_host and xmpp_port`. */
  readonly check: string
  /** What to look at when there is no such host: `xmpp_host`. */
  readonly host: string
  /** The option for authorities: `xmpp_ca_file`. */
  readonly authorities: string
  /** For whom the certificate should be, and what to do when it isn't. */
  readonly identity: string
  readonly otherIdentity: string
  /** What to look at when it is no TLS that comes. */
  readonly noTls: string
}

/** Codes that mean: nobody whom we trust has signed it. */
const NOT_TRUSTED = /^(CERT_REJECTED|CERT_UNTRUSTED|.*SELF_SIGNED_CERT.*|UNABLE_TO_.*|CERT_SIGNATURE_FAILURE)$/

/** Why there is no connection. */
export function tcpFailure(error: unknown, { refused, check, host }: FailureWords): Error {
  const code = codeOf(error)
  switch (code) {
    case 'ECONNREFUSED':
      return new Error(refused)
    case 'ENOTFOUND':
      return new Error(`no such host; check ${host}`)
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

/** Why there is no TLS on it. A certificate that is not trusted is fatal: somebody has to change something. */
export function tlsFailure(error: unknown, words: FailureWords): Error {
  const code = codeOf(error)
  if (NOT_TRUSTED.test(code)) {
    return new FatalError(
      `the server's certificate is by no authority that is trusted here; set ${words.authorities} to the authority's certificate (${code})`,
    )
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new FatalError(`the server's certificate is not for ${words.identity}; ${words.otherIdentity}`)
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return new FatalError(
      `the server's certificate is not valid at this time (${code}); renew it, and check both clocks`,
    )
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return new Error(`TLS failed (${code}); check that ${words.noTls}`)
  return new Error(`TLS failed: ${reason(error)}`)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
