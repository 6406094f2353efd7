// Clients of the daemon that a configuration describes, each with tokens of one user.
import { isIPv6 } from 'node:net'
import { type ClientOptions, PresenceClient } from '../client/index.ts'
import type { Settings } from '../config/configuration.ts'
import { readSecret } from '../config/secret.ts'
import { ConfigError } from '../core/errors.ts'
import { createToken } from '../core/tokens.ts'
import type { ClientFlags } from './arguments.ts'
import { loadChosen } from './chosen-configuration.ts'
import type { CommandContext } from './context.ts'

/** Addresses that stand for "every address", and how this machine reaches them. */
const WILDCARDS: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
])

export interface Reach {
  readonly settings: Settings
  readonly url: string
  /** For asking it as a user. */
  optionsFor(userId: string): ClientOptions
}

/** How the daemon is asked: the secret is read once, the tokens are each user's own. Throws ConfigError when no secret can be read. */
export async function reachDaemon(flags: ClientFlags, context: CommandContext): Promise<Reach> {
  const { settings } = await loadChosen(flags.config, context)
  const url = flags.url ?? addressOf(settings)
  const secret = await readSecret(settings)
  const optionsFor = (userId: string) => ({
    url,
    token: () => createToken(secret, userId, Math.floor(context.now() / 1000)),
  })
  return { settings, url, optionsFor }
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
export function addressOf(settings: Pick<Settings, 'server_bind' | 'server_port'>): string {
  const { server_bind, server_port } = settings
  if (server_port === 0) {
    throw new ConfigError('server_port is 0, so only the log of the daemon tells its address; name it with --url')
  }
  return `http://${reached(server_bind)}:${server_port}`
}

/** The same for an address that the daemon itself has told. */
export function localAddress(told: string): string {
  const { hostname, port } = new URL(told)
  return `http://${reached(hostname.replace(/^\[|\]$/g, ''))}:${port}`
}

function reached(bind: string): string {
  const host = WILDCARDS.get(bind) ?? bind
  return isIPv6(host) ? `[${host}]` : host
}
