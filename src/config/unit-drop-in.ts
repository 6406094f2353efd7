// What presence.cfg says that systemd has to know, too: the account, and the places outside those of the unit, as lines of a drop-in.
import { dirname, posix } from 'node:path'
import { DAEMON_OPTIONS, type Settings } from './options.ts'
import { specifications } from './read-options.ts'

/** The places that deploy/systemd/kopano-presence.service gives to the daemon. */
const UNIT = { account: 'kopano', state: '/var/lib/kopano/presence', runtime: '/run/kopano' }

/** Places that the unit hides or replaces by empty ones, with the line that shows them. */
const HIDDEN: readonly (readonly [RegExp, string])[] = [
  [/^\/(home|root|run\/user)(\/|$)/, 'ProtectHome=read-only'],
  [/^\/(var\/)?tmp(\/|$)/, 'PrivateTmp=no'],
]

/** What a daemon needs that starts as root and becomes run_as_user by itself. */
const BECOMING = ['CAP_SETUID', 'CAP_SETGID', 'CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER']

/** The lines of the section [Service], without its name; none when the unit suits as it is. */
export function unitDropIn(settings: Settings): string[] {
  const places = neededPlaces(settings)
  // Only root can make a file there, as the old daemon did before it became another account.
  const forRoot = places.find(({ folder, isLog }) => folder === '/run' && !isLog)
  const { server_port: port, server_bind: bind } = settings
  const capabilities = [
    ...(forRoot === undefined ? [] : BECOMING),
    ...(!bind.startsWith('unix:') && port > 0 && port < 1024 ? ['CAP_NET_BIND_SERVICE'] : []),
  ]
  return [
    ...(forRoot === undefined ? accountLines(settings) : rootLines(forRoot.option)),
    ...(capabilities.length === 0 ? [] : capabilityLines(capabilities, forRoot === undefined)),
    ...(forRoot === undefined
      ? placeLines(places)
      : places.map(({ folder }) => `ReadWritePaths=${word(`-${folder}`)}`)),
    ...hiddenLines(settings),
  ]
}

interface Place {
  readonly folder: string
  readonly option: string
  readonly isLog?: boolean
}

/** The folders in which the daemon writes. */
function neededPlaces(settings: Settings): Place[] {
  const { data_path: data, pid_file: pid, log_file: log, server_bind: bind, log_method: method } = settings
  const places: Place[] = [{ folder: normal(data), option: 'data_path' }]
  if (pid !== undefined) places.push({ folder: dirname(normal(pid)), option: 'pid_file' })
  if (bind.startsWith('unix:')) places.push({ folder: dirname(normal(bind.slice(5))), option: 'server_bind' })
  if (method === 'file' && log !== '-' && !log.startsWith('/dev/'))
    places.push({ folder: dirname(normal(log)), option: 'log_file', isLog: true })
  return places
}

/** Without a slash at its end, and by its place since /var/run is only a link. */
function normal(path: string): string {
  const clean = posix.normalize(path).replace(/(.)\/$/, '$1')
  return clean.replace(/^\/var\/run(?=\/|$)/, '/run')
}

function accountLines({ run_as_user: user, run_as_group: group }: Settings): string[] {
  if (user === undefined) return ['User=root', 'Group=root']
  return [
    ...(user === UNIT.account ? [] : [`User=${user}`]),
    // Without a name it is the account's own.
    ...(group === UNIT.account ? [] : [`Group=${group ?? ''}`]),
  ]
}

function rootLines(option: string): string[] {
  return [
    `# ${option} is right in /run, where only root can make a file: the daemon starts as root and becomes run_as_user by itself.`,
    ...['User=root', 'Group=root', 'StateDirectory=', 'RuntimeDirectory=', 'SystemCallFilter=@setuid @chown'],
  ]
}

/** A user namespace of its own would take the right to low ports and other accounts away again. */
function capabilityLines(capabilities: readonly string[], ambient: boolean): string[] {
  const words = capabilities.join(' ')
  return ['PrivateUsers=no', `CapabilityBoundingSet=${words}`, ...(ambient ? [`AmbientCapabilities=${words}`] : [])]
}

/** Folders below the usual ones are made by systemd and given to the account; others have to be there. */
function placeLines(places: readonly Place[]): string[] {
  const lines = new Set<string>()
  for (const { folder, isLog } of places) {
    if (folder === UNIT.state || within(folder, UNIT.runtime) !== undefined || folder === UNIT.runtime) continue
    const state = within(folder, '/var/lib')
    const runtime = within(folder, '/run')
    const logs = isLog === true ? within(folder, '/var/log') : undefined
    if (state !== undefined && isLog !== true) lines.add(`StateDirectory=${word(state)}`)
    else if (runtime !== undefined) lines.add(`RuntimeDirectory=${word(runtime)}`)
    else if (logs !== undefined) lines.add(`LogsDirectory=${word(logs)}`)
    else lines.add(`ReadWritePaths=${word(`-${folder}`)}`)
  }
  return [...lines]
}

/** The rest of a path within another one. */
function within(path: string, folder: string): string | undefined {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined
}

function hiddenLines(settings: Settings): string[] {
  const values = new Map<string, unknown>(Object.entries(settings))
  const { server_bind: bind } = settings
  const paths = [
    ...specifications(DAEMON_OPTIONS).flatMap(([name, { isPath }]) => (isPath === true ? [values.get(name)] : [])),
    ...(bind.startsWith('unix:') ? [bind.slice(5)] : []),
  ].flatMap((value) => (typeof value === 'string' ? [normal(value)] : []))
  return HIDDEN.flatMap(([pattern, line]) => (paths.some((path) => pattern.test(path)) ? [line] : []))
}

/** Text as one word of a unit: quotes have to be around the whole of it (systemd.syntax(7)). */
function word(path: string): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')
  return /[\s"'\\;]/.test(path) ? `"${escaped}"` : escaped
}
