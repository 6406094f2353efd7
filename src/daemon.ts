// The composition root: the only file that knows every room. Starts, reloads and stops the daemon.
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import type { Configuration } from './config/configuration.ts'
import { Credentials } from './config/credentials.ts'
import type { Settings } from './config/options.ts'
import { type Clock, systemClock } from './core/clock.ts'
import { reason } from './core/errors.ts'
import type { Log } from './core/log.ts'
import { OneTimeNotes } from './core/one-time-notes.ts'
import { packageVersion } from './core/package-version.ts'
import { PresenceService } from './core/presence-service.ts'
import { savedLead } from './core/saved-clock.ts'
import type { PresenceStore } from './core/store.ts'
import { TokenVerifier } from './core/tokens.ts'
import { type Loaded, type LoadOptions, load, reloaded } from './daemon/reload.ts'
import { rightsRules, serviceRules, socketRights, tokenRules } from './daemon/rules.ts'
import { onceThere, openStore } from './daemon/store.ts'
import { connectionAdvice, limitsOf } from './http/limits.ts'
import { createHttpServer } from './http/server.ts'
import { installContainment } from './plugins/containment.ts'
import { Host } from './plugins/host.ts'
import { boot } from './system/boot.ts'
import { forbidCoreDumps } from './system/core-dumps.ts'
import { prepareDirectories } from './system/directories.ts'
import { boundHeapGrowth } from './system/heap.ts'
import { type OpenLog, openLog } from './system/logging.ts'
import { openFilesLimit } from './system/open-files.ts'
import { removePidFile, writePidFile } from './system/pid-file.ts'
import { dropPrivileges } from './system/privileges.ts'
import { type ServiceManager, serviceManager } from './system/service-manager.ts'
import { Signals } from './system/signals.ts'

export { examine } from './daemon/examine.ts'
export { openOffline } from './daemon/offline-store.ts'
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

/** Where the build puts the status board: beside the compiled code, also for whoever runs the sources. */
const BOARD_FOLDER = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? '../dist/board' : 'board')

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
    const daemon = await start(options, configuration, { output, signals, manager })
    if (daemon === undefined) {
      output.log.notice('stopped before the store was there')
      return 0
    }
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

interface Around {
  readonly output: OpenLog
  readonly signals: Signals
  readonly manager: ServiceManager
}

/** Undefined when it was told to end while it waited for the store. */
async function start(
  options: LoadOptions,
  configuration: Loaded,
  { output, signals, manager }: Around,
): Promise<Running | undefined> {
  const { settings } = configuration
  const { log } = output
  for (const note of [...configuration.notes, ...connectionAdvice(settings, openFilesLimit())]) log.warn(note)
  await forbidCoreDumps(log)
  prepareDirectories([{ path: settings.data_path, option: 'data_path' }])
  const secrets = tokenRules(settings, log)
  installContainment()
  let password = settings.redis_password
  const begin = () => beginService(configuration, () => password, log)
  const waits = (why: string): void => manager.waiting(`waiting for the store: ${why}`)
  const waiting = { ended: signals.end, log, waits, undo: ({ service }: Begun) => service.close() }
  const begun = settings.store === 'redis' ? await onceThere(begin, waiting) : await begin()
  if (begun === undefined) return undefined
  boundHeapGrowth()
  const { clock, host, service, store } = begun
  const notes = new OneTimeNotes({ store, clock })
  const tokens = new TokenVerifier({ ...secrets, wall: () => clock.wall() })
  const http = createHttpServer({
    ...{ service, tokens, clock, log, notes, nodeName: nodeOf(settings) },
    allowedOrigins: settings.server_allowed_origins,
    ...rightsRules(settings),
    trustedProxies: settings.server_trusted_proxies,
    maxStreams: settings.server_max_streams,
    limits: limitsOf(settings, openFilesLimit()),
    boardFolder: BOARD_FOLDER,
    shared: store.shared,
    operator: { backups: service.backups, folder: resolve(settings.data_path) },
    boardPassword: settings.board_password,
    certificate: configuration.certificate,
    publicMetrics: settings.server_public_metrics,
    ...{ store, version: packageVersion() },
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
    password = next.settings.redis_password
    output.setLevel(next.settings.log_level)
    tokens.configure(next.tokens)
    http.configure({
      allowedOrigins: next.settings.server_allowed_origins,
      ...rightsRules(next.settings),
      boardPassword: next.settings.board_password,
      publicMetrics: next.settings.server_public_metrics,
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

interface Begun {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly host: Host
  readonly service: PresenceService
}

/** Opens the store and loads everything from it. */
async function beginService(configuration: Loaded, password: () => string | undefined, log: Log): Promise<Begun> {
  const store = await openStore(configuration.settings, password, log)
  try {
    const ahead = () => store.clockOffset
    const clock = systemClock(savedLead(await store.records(), boot(), Date.now() + ahead()), ahead)
    const host = new Host(configuration, { clock, log })
    const rules = serviceRules(configuration, host)
    const around = { store, clock, log, boot, node: nodeOf(configuration.settings) }
    const service = await PresenceService.start({ ...around, sources: host.setups, rules })
    return { store, clock, host, service }
  } catch (error) {
    await store.close()
    throw error
  }
}

function nodeOf(settings: Settings): string {
  return settings.node_name ?? hostname()
}

/** What has to be done as root, and giving root up. */
function becomeDaemon({ settings, given }: Configuration, log: Log): void {
  // systemd knows the process without it.
  const pidAskedFor = given.has('pid_file') && !process.env.NOTIFY_SOCKET
  if (settings.pid_file !== undefined) writePidFile({ path: settings.pid_file, askedFor: pidAskedFor, log })
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
    const text = `running_path ${path}: ${reason(error)}; going on in ${process.cwd()}, so correct running_path`
    if (given.has('running_path')) log.warn(text)
    else log.info(text)
  }
}
