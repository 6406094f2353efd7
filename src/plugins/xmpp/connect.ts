// Finds the server and logs in: one target after the other until one lets the account in.
import { Resolver } from 'node:dns/promises'
import { domainToASCII } from 'node:url'
import { FatalError, reason } from '../../core/errors.ts'
import type { PluginContext } from '../../core/plugin.ts'
import { foldUserId } from '../../core/user-id.ts'
import { inTime, STEP } from '../../net/deadline.ts'
import { readAuthorities } from '../../net/sockets.ts'
import { type Login, type LoginSettings, logIn } from './login.ts'
import type { XmppOptions } from './options.ts'
import { findTargets, type ResolveSrv, type Target } from './srv.ts'
import { accountOf } from './stanza.ts'

export interface Connected {
  readonly login: Login
  readonly target: Target
}

/** What the tests replace. */
export interface Network {
  readonly resolveSrv?: ResolveSrv
}

/**
 * A bound session. Rejects when no target gives one, with the reason of each; with a FatalError when one of them can only be
 * helped by the administrator.
 */
export async function connect(
  options: XmppOptions,
  { clock, source }: Pick<PluginContext, 'clock' | 'source'>,
  signal: AbortSignal,
  network: Network = {},
): Promise<Connected> {
  const { jid = '', password = '', host, port, tls } = options
  const account = accountOf(jid)
  if (account === undefined) throw new FatalError(`${source}_jid is missing`)
  const domain = domainToASCII(account.domain)
  const settings: LoginSettings = {
    account: jid,
    domain: account.domain,
    resource: options.resource,
    credentials: { username: account.name, password },
    mayBeInsecure: tls === 'none',
    trust: { domain, authorities: await readAuthorities(options.ca_file, `${source}_ca_file`), source },
    maxStanza: stanzaLimit(options),
    maxDepth: options.max_depth,
    clock,
    source,
  }
  const resolver = new Resolver({ timeout: 3_000, tries: 2 })
  const cancel = () => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  let targets: readonly Target[]
  try {
    const resolveSrv = network.resolveSrv ?? ((name) => resolver.resolveSrv(name))
    targets = await inTime(
      clock,
      STEP,
      `the DNS of ${domain}`,
      findTargets({ domain, host, port, tls }, resolveSrv),
      cancel,
    )
  } finally {
    signal.removeEventListener('abort', cancel)
  }
  const failures: unknown[] = []
  for (const target of targets) {
    if (signal.aborted) break
    try {
      return { login: await logIn(target, settings, signal), target }
    } catch (error) {
      failures.push(error)
    }
  }
  const text = failures.map(reason).join('; ')
  throw failures.some((failure) => failure instanceof FatalError) ? new FatalError(text) : new Error(text)
}

/** The longest stanza, in characters. */
export function stanzaLimit({ max_stanza: kibibytes }: Pick<XmppOptions, 'max_stanza'>): number {
  return kibibytes * 1024
}

/** The domains whose contacts count, folded. */
export function countedDomains({ jid = '', domains }: XmppOptions): ReadonlySet<string> {
  const own = accountOf(foldUserId(jid))?.domain ?? ''
  return new Set(domains.length === 0 ? [own] : domains.map(foldUserId))
}
