// Clients of the daemon that a configuration describes, each with tokens of one user.
import { isIPv6 } from 'node:net'
import { type ClientOptions, PresenceClient } from '../client/index.ts'
import { unreadable } from '../config/config-file.ts'
import type { Settings } from '../config/configuration.ts'
import { readSecret } from '../config/secret.ts'
import { ConfigError } from '../core/errors.ts'
import { readPlainFile } from '../core/plain-file.ts'
import { createToken } from '../core/tokens.ts'
import type { ClientFlags } from './arguments.ts'
import { loadChosen } from './chosen-configuration.ts'
import type { CommandContext } from './context.ts'
import { localFetch } from './local-fetch.ts'

/** Addresses that stand for "every address", and how this machine reaches them. */
const WILDCARDS: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
])

export interface Reach {
  readonly settings: Settings
  /** Undefined: through a Unix socket, so nobody else has an address of it. */
  readonly url: string | undefined
  /** For asking it as a user. */
  optionsFor(userId: string): ClientOptions
}

/** How the daemon is asked: the secret is read once, the tokens are each user's own. Throws ConfigError when no secret can be read. */
export async function reachDaemon(flags: ClientFlags, context: CommandContext): Promise<Reach> {
  const { settings } = await loadChosen(flags.config, context)
  const address = flags.url ?? addressOf(settings)
  const socket = socketOf(address)
  const url = socket === undefined ? address : 'http://localhost'
  const fetch = await fetchFor(address, settings, flags.url === undefined)
  const secret = await readSecret(settings)
  const optionsFor = (userId: string) => ({
    url,
    token: () => createToken(secret, userId, Math.floor(context.now() / 1000)),
    ...(fetch !== undefined && { surroundings: { fetch } }),
  })
  return { settings, url: socket === undefined ? url : undefined, optionsFor }
}

/** Makes clients. Throws ConfigError when no secret can be read. */
export async function clientsFor(
  flags: ClientFlags,
  context: CommandContext,
): Promise<(userId: string) => PresenceClient> {
  const { optionsFor } = await reachDaemon(flags, context)
  return (userId) => new PresenceClient(optionsFor(userId))
}

/** Where a daemon with these settings is reached from this machine. */
export function addressOf(
  settings: Pick<Settings, 'server_bind' | 'server_port'> & Partial<Pick<Settings, 'server_ssl_certificate_file'>>,
): string {
  const { server_bind, server_port, server_ssl_certificate_file: certificateFile } = settings
  if (socketOf(server_bind) !== undefined) return server_bind
  if (server_port === 0) {
    throw new ConfigError('server_port is 0, so only the log of the daemon tells its address; name it with --url')
  }
  return `${certificateFile === undefined ? 'http' : 'https'}://${reached(server_bind)}:${server_port}`
}

/** The same for an address that the daemon itself has told. */
export function localAddress(told: string): string {
  const { protocol, hostname, port } = new URL(told)
  return `${protocol}//${reached(hostname.replace(/^\[|\]$/g, ''))}:${port}`
}

/** The path in `unix:/path`; undefined for an address of a network. */
export function socketOf(address: string): string | undefined {
  return /^unix:(.*)$/.exec(address)?.[1]
}

/** Undefined where Node's own does. The daemon on this machine is known by its certificate, whatever name that has. */
async function fetchFor(address: string, settings: Settings, isOwn: boolean) {
  const socket = socketOf(address)
  if (socket !== undefined) return localFetch({ socket })
  const file = settings.server_ssl_certificate_file
  if (file === undefined || !/^https:/i.test(address)) return undefined
  try {
    const certificate = (await readPlainFile(file)).content.toString()
    // The first is the daemon's; those after it belong to authorities that vouch for others, too.
    const [own] = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/.exec(certificate) ?? []
    return localFetch({ certificate: own, pinned: isOwn })
  } catch (error) {
    throw new ConfigError(`server_ssl_certificate_file ${file} ${unreadable(error)}`)
  }
}

function reached(bind: string): string {
  const host = WILDCARDS.get(bind) ?? bind
  return isIPv6(host) ? `[${host}]` : host
}
