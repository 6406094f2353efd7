// presence.cfg as the daemon loads it: at the start, and again at each SIGHUP.
import { BOUND_NAMES } from '../config/bound-options.ts'
import { type Configuration, loadConfiguration } from '../config/configuration.ts'
import type { Credentials } from '../config/credentials.ts'
import type { Settings } from '../config/options.ts'
import { readServerCertificate, type ServerCertificate } from '../config/server-certificate.ts'
import { reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { TokenRules } from '../core/tokens.ts'
import { resolvePlugin } from '../plugins/registry.ts'
import { tokenRules } from './rules.ts'

/** What presence.cfg is loaded with, again and again. */
export interface LoadOptions {
  /** Undefined: there is none, and the defaults count. */
  readonly file: string | undefined
  readonly defaults: Partial<Settings>
  readonly credentials: Credentials
}

export interface Loaded extends Configuration {
  readonly certificate: ServerCertificate | undefined
}

/** The options that are used up at the start, so that a reload can't change them. */
const FIXED: readonly (keyof Settings)[] = [
  ...(['data_path', 'plugins', 'plugin_path', 'node_name'] as const),
  ...(['store', 'store_sync', 'redis_url', 'redis_ca_file', 'redis_prefix', 'redis_wait_replicas'] as const),
  ...(['run_as_user', 'run_as_group', 'pid_file', 'running_path'] as const),
  ...(['server_bind', 'server_port', 'server_socket_mode', 'server_trusted_proxies'] as const),
  ...(['log_method', 'log_file', 'log_format', 'log_timestamp'] as const),
  ...BOUND_NAMES,
]

/** presence.cfg and the files that it names. */
export async function load(options: LoadOptions): Promise<Loaded> {
  const configuration = await loadConfiguration({ ...options, resolvePlugin })
  const certificate = await readServerCertificate(configuration.settings, Date.now())
  return { ...configuration, certificate, notes: [...configuration.notes, ...(certificate?.notes ?? [])] }
}

export type Reloaded = Loaded & { readonly tokens: TokenRules }

/** The new configuration; undefined when it has mistakes, which are told, and the old one goes on. */
export async function reloaded(options: LoadOptions, current: Loaded, log: Log): Promise<Reloaded | undefined> {
  try {
    const next = await load(options)
    for (const note of next.notes) log.warn(note)
    const changed: string[] = FIXED.filter((name) => String(next.settings[name]) !== String(current.settings[name]))
    if ((next.certificate === undefined) !== (current.certificate === undefined))
      changed.push('server_ssl_certificate_file')
    if (changed.length > 0)
      log.warn(`${changed.join(', ')}: changed in presence.cfg, but only a restart takes that over`)
    const plugins = changed.includes('plugins') ? current.plugins : next.plugins
    // The daemon's own secret stays where it was made.
    const settings = { ...next.settings, ...fixedOf(current.settings) }
    const certificate = current.certificate && (next.certificate ?? current.certificate)
    return { ...next, settings, plugins, certificate, tokens: tokenRules(settings, log) }
  } catch (error) {
    for (const mistake of reason(error).split('\n')) log.error(mistake)
    log.error('presence.cfg was not taken over because of these mistakes; the old settings stay in force')
    return undefined
  }
}

function fixedOf(settings: Settings): Partial<Settings> {
  return Object.fromEntries(FIXED.map((name) => [name, settings[name]]))
}
