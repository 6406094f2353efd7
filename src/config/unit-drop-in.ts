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

/** The lines of the section [Service], without its name; none when the unit suits as it is. */
export function unitDropIn(settings: Settings): string[] {
  const { server_port: port, server_bind: bind } = settings
  const isLow = !bind.startsWith('unix:') && port > 0 && port < 1024
  return [
    ...accountLines(settings),
    // A user namespace of its own would take the right to the port away again.
    ...(isLow
      ? ['PrivateUsers=no', ...['CapabilityBoundingSet', 'AmbientCapabilities'].map((set) => `${set}=${BIND}`)]
      : []),
    ...placeLines(settings),
    ...hiddenLines(settings),
  ]
}

const BIND = 'CAP_NET_BIND_SERVICE'

interface Place {
  readonly folder: string
  readonly isLog?: boolean
}

/** The folders in which the daemon writes, but for that of the pid file. */
function neededPlaces({ data_path: data, log_file: log, server_bind: bind, log_method: method }: Settings): Place[] {
  const places: Place[] = [{ folder: normal(data) }]
  if (bind.startsWith('unix:')) places.push({ folder: dirname(normal(bind.slice(5))) })
  if (method === 'file' && log !== '-' && !log.startsWith('/dev/'))
    places.push({ folder: dirname(normal(log)), isLog: true })
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

/** Folders below the usual ones are made by systemd and given to the account; others have to be there. */
function placeLines(settings: Settings): string[] {
  const places = neededPlaces(settings)
  const pid = settings.pid_file === undefined ? undefined : normal(settings.pid_file)
  const isRoots = pid !== undefined && /^\/run\/[\w.-]+$/.test(pid)
  if (pid !== undefined && !isRoots) places.push({ folder: dirname(pid) })
  return [...new Set(places.flatMap(placeLine)), ...(isRoots ? pidLines(pid) : [])]
}

function placeLine({ folder, isLog }: Place): string[] {
  if (folder === UNIT.state || folder === UNIT.runtime || within(folder, UNIT.runtime) !== undefined) return []
  const state = isLog === true ? undefined : within(folder, '/var/lib')
  const runtime = within(folder, '/run')
  const logs = isLog === true ? within(folder, '/var/log') : undefined
  if (state !== undefined) return [`StateDirectory=${word(state)}`]
  if (runtime !== undefined) return [`RuntimeDirectory=${word(runtime)}`]
  if (logs !== undefined) return [`LogsDirectory=${word(logs)}`]
  return [`ReadWritePaths=${word(`-${folder}`)}`]
}

/** Right in /run only root can make a file, as the old daemon did before it became another account. */
function pidLines(path: string): string[] {
  return [`ExecStartPost=+/bin/sh -c 'echo $MAINPID > ${path}'`, `ExecStopPost=+/bin/rm -f ${path}`]
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
