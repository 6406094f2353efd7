// The composition root: the only file that knows every room. Starts, reloads and stops the daemon.
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { BOUND_NAMES } from './config/bound-options.ts'
import { type Configuration, loadConfiguration } from './config/configuration.ts'
import { Credentials } from './config/credentials.ts'
import type { Settings } from './config/options.ts'
import { readServerCertificate, type ServerCertificate } from './config/server-certificate.ts'
import { systemClock } from './core/clock.ts'
import { reason } from './core/errors.ts'
import type { Log } from './core/log.ts'
import { OneTimeNotes } from './core/one-time-notes.ts'
import { PresenceService, type ServiceRules } from './core/presence-service.ts'
import { savedLead } from './core/saved-clock.ts'
import { type TokenRules, TokenVerifier } from './core/tokens.ts'
import { connectionAdvice, limitsOf } from './http/limits.ts'
import type { RightsRules } from './http/rights.ts'
import { createHttpServer } from './http/server.ts'
import { installContainment } from './plugins/containment.ts'
import { Host } from './plugins/host.ts'
import { resolvePlugin } from './plugins/registry.ts'
import { openEmbeddedStore } from './store/embedded.ts'
import { boot } from './system/boot.ts'
import { forbidCoreDumps } from './system/core-dumps.ts'
import { prepareDirectories } from './system/directories.ts'
import { type OpenLog, openLog } from './system/logging.ts'
import { openFilesLimit } from './system/open-files.ts'
import { removePidFile, writePidFile } from './system/pid-file.ts'
import { dropPrivileges, futureGroup } from './system/privileges.ts'
import { readOrMakeSecret } from './system/secret.ts'
import { serviceManager } from './system/service-manager.ts'
import { Signals } from './system/signals.ts'

export { resolvePlugin } from './plugins/registry.ts'

export interface RunOptions {
  /** presence.cfg; undefined: there is none, and the defaults count. */
  readonly file: string | undefined
  readonly defaults: Partial<Settings>
  /** Told once, when the daemon answers, with its address and what opens its status board. */
  readonly ready?: (
    address: string,
    board: { readonly url: string | undefined; code(): Promise<string> },
  ) => Promise<void>
}

/** What presence.cfg is loaded with, again and again. */
type LoadOptions = Pick<RunOptions, 'file' | 'defaults'> & { readonly credentials: Credentials }

interface Loaded extends Configuration {
  readonly certificate: ServerCertificate | undefined
}

/** The options that are used up at the start, so that a reload can't change them. */
const FIXED: readonly (keyof Settings)[] = [
  ...(['data_path', 'store_sync', 'plugins', 'plugin_path'] as const),
  ...(['run_as_user', 'run_as_group', 'pid_file', 'running_path'] as const),
  ...(['server_bind', 'server_port', 'server_socket_mode', 'server_trusted_proxies'] as const),
  ...(['log_method', 'log_file', 'log_timestamp'] as const),
  ...BOUND_NAMES,
]

/** Where the build puts the status board: beside the compiled code, also for whoever runs the sources. */
const BOARD_FOLDER = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? '../dist/board' : 'board')

const DAY = 86_400_000

/** Runs until SIGTERM or SIGINT; SIGHUP reloads. Returns the exit code. Throws ConfigError or FatalError when it can't start. */
export async function runDaemon(given: RunOptions): Promise<number> {
  // The daemon changes its directory, and must find its file again when it reloads.
  const credentials = new Credentials(process.env)
  const options = { ...given, credentials, ...(given.file !== undefined && { file: resolve(given.file) }) }
  const signals = new Signals()
  const configuration = await load(options)
  const output = openLog(configuration.settings)
  try {
    const manager = serviceManager(process.env, output.log)
    signals.tell(manager)
    const daemon = await start(options, configuration, output, signals)
    await options.ready?.(daemon.address, { url: configuration.settings.board_url, code: daemon.boardCode })
    manager.ready(`listening on ${daemon.address}`)
    const signal = await signals.end
    manager.stopping()
    output.log.info(`stopping on ${signal}`)
    await signals.quiet()
    await daemon.stop()
    output.log.notice('stopped')
    return 0
  } finally {
    await output.close()
  }
}

interface Running {
  readonly address: string
  boardCode(): Promise<string>
  stop(): Promise<void>
}

async function start(options: LoadOptions, configuration: Loaded, output: OpenLog, signals: Signals): Promise<Running> {
  const { settings } = configuration
  const { log } = output
  for (const note of [...configuration.notes, ...connectionAdvice(settings, openFilesLimit())]) log.warn(note)
  await forbidCoreDumps(log)
  prepareDirectories([{ path: settings.data_path, option: 'data_path' }])
  const tokens = new TokenVerifier({ ...tokenRules(settings, log), wall: Date.now })
  const store = await openEmbeddedStore({ path: settings.data_path, sync: settings.store_sync, log })
  installContainment()
  const clock = systemClock(savedLead(await store.records(), boot(), Date.now()))
  const host = new Host(configuration, { clock, log })
  const rules = serviceRules(configuration, host)
  const service = await PresenceService.start({ store, clock, log, sources: host.setups, rules, boot })
  const http = createHttpServer({
    ...{ service, tokens, clock, log, nodeName: hostname(), notes: new OneTimeNotes({ store, clock }) },
    allowedOrigins: settings.server_allowed_origins,
    ...rightsRules(settings),
    trustedProxies: settings.server_trusted_proxies,
    maxStreams: settings.server_max_streams,
    limits: limitsOf(settings, openFilesLimit()),
    boardFolder: BOARD_FOLDER,
    operator: { backups: service.backups, folder: resolve(settings.data_path) },
    boardPassword: settings.board_password,
    certificate: configuration.certificate,
  })
  const stop = async (): Promise<void> => {
    // Both together, since each may take its seconds; what clients have been promised is saved after that.
    await Promise.all([host.stop(), http.close()])
    await service.close()
    if (settings.pid_file !== undefined) removePidFile(settings.pid_file, log)
  }
  let address: string
  try {
    address = await http.listen(settings.server_bind, settings.server_port, socketRights(settings))
    becomeDaemon(configuration, log)
  } catch (error) {
    await stop()
    throw error
  }
  output.reopen() // as whom the daemon is now: the `logger` of syslog would stay root

  let current = configuration
  signals.onReload(async () => {
    output.reopen()
    const next = await reloaded(options, current, log)
    if (next === undefined) return false
    current = next
    output.setLevel(next.settings.log_level)
    tokens.configure(next.tokens)
    http.configure({
      allowedOrigins: next.settings.server_allowed_origins,
      ...rightsRules(next.settings),
      boardPassword: next.settings.board_password,
      certificate: next.certificate,
    })
    host.reload(next)
    service.configure(serviceRules(next, host))
    log.notice('reloaded presence.cfg')
    return true
  })
  log.notice(`listening on ${address}`)
  host.start(service)
  return { address, stop, boardCode: () => http.boardCode() }
}

/** presence.cfg and the files that it names. */
async function load(options: LoadOptions): Promise<Loaded> {
  const configuration = await loadConfiguration({ ...options, resolvePlugin })
  const certificate = await readServerCertificate(configuration.settings, Date.now())
  return { ...configuration, certificate, notes: [...configuration.notes, ...(certificate?.notes ?? [])] }
}

/** Who may connect when the daemon listens on a Unix socket. */
function socketRights(settings: Settings) {
  return {
    mode: settings.server_socket_mode,
    group: futureGroup(settings.run_as_user, settings.run_as_group),
  }
}

/** What has to be done as root, and giving root up. */
function becomeDaemon({ settings, given }: Configuration, log: Log): void {
  if (settings.pid_file !== undefined) writePidFile({ path: settings.pid_file, askedFor: given.has('pid_file'), log })
  const { run_as_user: user, run_as_group: group, data_path: data } = settings
  if (user !== undefined) {
    const askedFor = { user: given.has('run_as_user'), group: given.has('run_as_group') }
    const { log_file: logFile, pid_file: pidFile } = settings
    const paths = [data, ...(logFile === '-' ? [] : [logFile]), ...(pidFile === undefined ? [] : [pidFile])]
    dropPrivileges({ user, group, askedFor, paths, log })
  }
  changeDirectory(settings, given, log)
}

function changeDirectory({ running_path: path }: Settings, given: ReadonlySet<string>, log: Log): void {
  if (path === undefined) return
  try {
    process.chdir(path)
  } catch (error) {
    const text = `running_path ${path}: ${reason(error)}; going on in ${process.cwd()}`
    if (given.has('running_path')) log.warn(text)
    else log.info(text)
  }
}

function tokenRules(settings: Settings, log: Log): TokenRules {
  const secret = settings.server_secret_key ?? readOrMakeSecret(settings.data_path, log)
  const secrets = [secret, ...settings.server_secret_key_previous]
  return { secrets, expireMinutes: settings.server_token_expire }
}

function rightsRules({ server_trusted_users: trustedUsers, ...settings }: Settings): Required<RightsRules> {
  return { trustedUsers, updateScope: settings.server_update_scope, visibility: settings.server_visibility }
}

function serviceRules({ settings, userMap }: Configuration, host: Host): ServiceRules {
  const forgetAfter = settings.forget_after === 0 ? undefined : settings.forget_after * DAY
  const { combined_order: combinedOrder, max_users: maxUsers } = settings
  return { combinedOrder, userMap, forgetAfter, maxUsers, publishable: host.publishable }
}

function fixedOf(settings: Settings): Partial<Settings> {
  return Object.fromEntries(FIXED.map((name) => [name, settings[name]]))
}

type Reloaded = Loaded & { readonly tokens: TokenRules }

/** The new configuration; undefined when it has mistakes, which are told, and the old one goes on. */
async function reloaded(options: LoadOptions, current: Loaded, log: Log): Promise<Reloaded | undefined> {
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
