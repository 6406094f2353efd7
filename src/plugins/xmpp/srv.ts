// Where to connect for a domain: its SRV records (RFC 6120 section 3.2, RFC 2782, XEP-0368), then the domain itself.
import type { SrvRecord } from 'node:dns'

/** How a connection is protected: STARTTLS, TLS from the first byte, or not at all. */
export type TlsMode = 'starttls' | 'direct' | 'none'

export interface Target {
  readonly host: string
  readonly port: number
  readonly tls: TlsMode
}

/** Looks up SRV records; rejects when there are none. As `resolveSrv` of node:dns/promises. */
export type ResolveSrv = (name: string) => Promise<readonly SrvRecord[]>

/** The ports of IANA, and of custom for direct TLS. */
const DEFAULT_PORTS: Readonly<Record<TlsMode, number>> = { starttls: 5222, direct: 5223, none: 5222 }
/** So many targets are tried in one attempt; more are no use to anybody. */
const TARGET_LIMIT = 8

export interface Wanted {
  /** The JID's domain, in ASCII. */
  readonly domain: string
  readonly host: string | undefined
  readonly port: number | undefined
  readonly tls: TlsMode
}

/**
 * The targets in the order in which to try them. DNS is asked only when neither host nor port is given. With `starttls`
 * (which means: TLS, by whichever way) direct TLS comes first; `direct` and `none` take only what fits. Rejects when the
 * domain says that it has no such service.
 */
export async function findTargets(wanted: Wanted, resolveSrv: ResolveSrv, random = Math.random): Promise<Target[]> {
  const { domain, host, port, tls } = wanted
  const itself = { host: host ?? domain, port: port ?? DEFAULT_PORTS[tls], tls }
  if (host !== undefined || port !== undefined) return [itself]
  const [direct, plain] = await Promise.all([
    tls === 'none' ? [] : lookUp(`_xmpps-client._tcp.${domain}`, resolveSrv),
    tls === 'direct' ? [] : lookUp(`_xmpp-client._tcp.${domain}`, resolveSrv),
  ])
  const targets: Target[] = [
    ...order(usable(direct), random).map(({ name, port }) => ({ host: name, port, tls: 'direct' as const })),
    ...order(usable(plain), random).map(({ name, port }) => ({ host: name, port, tls })),
  ]
  if (targets.length > 0) return targets.slice(0, TARGET_LIMIT)
  if (direct.length + plain.length > 0) {
    throw new Error(`the DNS of ${domain} says that it has no XMPP service (an SRV record with the target ".")`)
  }
  return [itself]
}

async function lookUp(name: string, resolveSrv: ResolveSrv): Promise<readonly SrvRecord[]> {
  try {
    return await resolveSrv(name)
  } catch {
    return [] // no records, or no DNS: then the domain itself is tried, which tells more
  }
}

/** All but the target ".", which says that there is no such service. */
function usable(records: readonly SrvRecord[]): SrvRecord[] {
  return records.filter(({ name }) => name !== '' && name !== '.')
}

/** Lowest priority first; within one, drawn by weight (RFC 2782). */
export function order(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const left = [...records].sort((one, other) => one.priority - other.priority || one.weight - other.weight)
  const ordered: SrvRecord[] = []
  while (left[0] !== undefined) {
    const { priority } = left[0]
    const group = left.filter((record) => record.priority === priority)
    let mark = random() * group.reduce((sum, { weight }) => sum + weight, 0)
    const index = group.findIndex(({ weight }) => {
      mark -= weight
      return mark < 0
    })
    ordered.push(...left.splice(Math.max(index, 0), 1))
  }
  return ordered
}
