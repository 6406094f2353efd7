// Whose certificates count for an XMPP server, and what is said when one doesn't or nobody answers.
import type { FailureWords } from '../../net/failures.ts'
import type { TlsSettings } from '../../net/sockets.ts'

/** Whose certificates count, and for whom. */
export interface Trust {
  /** The JID's domain, in ASCII: not the host, which DNS (or anybody in between) may have named. */
  readonly domain: string
  /** PEM; instead of Node's own authorities. */
  readonly authorities: string | undefined
  /** The name of the source, which begins its options. */
  readonly source: string
}

/** Direct TLS tells a shared port by ALPN that it is XMPP (XEP-0368). */
export function tlsSettings({ domain, authorities }: Trust, direct: boolean): TlsSettings {
  return { identity: domain, authorities, ...(direct && { alpn: ['xmpp-client'] }) }
}

export function failureWords({ domain, source }: Trust): FailureWords {
  const check = `check ${source}_host and ${source}_port`
  return {
    refused: `the connection was refused; start the server, or ${check}`,
    check,
    host: `${source}_host, or the domain of ${source}_jid`,
    authorities: `${source}_ca_file`,
    identity: domain,
    otherIdentity: `check ${source}_jid and ${source}_host, or give the server a certificate for ${domain}`,
    noTls: `${source}_tls is what the server speaks at this port`,
  }
}
