// What presence.cfg says that systemd has to know, too: the account, and the places outside those of the unit, as lines of a drop-in.
import { dirname, posix } from 'node:path'
import { DAEMON_OPTIONS, type Settings } from './options.ts'
import { specifications } from './read-options.ts'

/** The places that deploy/systemd/kopano-presence.service gives to the daemon. */
const UNIT = { account: 'kopano', state: '/var/lib/kopano/presence', runtime: '/run/kopano' }

/** What all daemons of Kopano share: systemd would hand these, with everything in them, to the account of this one alone. */
const SHARED: ReadonlySet<string> = new Set(['/var/lib/kopano', '/var/log/kopano', '/run/kopano'])

/** Places that the unit hides or replaces by empty ones, with the line that shows them. */
const HIDDEN: readonly (readonly [RegExp, string])[] = [
  [/^\/(home|root|run\/user)(?=\/|$)/, 'ProtectHome=read-only'],
  [/^\/(?:var\/)?tmp(?=\/|$)/, 'PrivateTmp=no'],
]

export interface DropIn {
  /** The lines of the section [Service], without its name; none when the unit suits as it is. */
  readonly lines: readonly string[]
  /** Sentences on what the administrator might rather change. */
  readonly notes: readonly string[]
}

/** `given` has the options that the file itself sets, those of plugins included, as they are written. */
export function unitDropIn(settings: Settings, given: ReadonlyMap<string, string>): DropIn {
  const { server_port: port, server_bind: bind } = settings
  const isLow = !bind.startsWith('unix:') && port > 0 && port < 1024
  const hidden = hiddenPaths(settings, given)
  return {
    lines: [
      ...accountLines(settings),
      // A user namespace of its own would take the right to the port away again.
      ...(isLow
        ? ['PrivateUsers=no', ...['CapabilityBoundingSet', 'AmbientCapabilities'].map((set) => `${set}=${BIND}`)]
        : []),
      ...placeLines(settings, given.has('pid_file')),
      ...new Set(hidden.map(({ line }) => line)),
    ],
    notes: hidden.map(
      ({ option, place, line }) =>
        `${option} leads below ${place}, which the unit hides from the daemon; ${line} shows it again. Better choose a place below /etc/kopano or /var/lib.`,
    ),
  }
}

const BIND = 'CAP_NET_BIND_SERVICE'
/** Nothing of it means anything to a shell or to systemd. */
const SAFE = /^[\w./-]+$/

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
function placeLines(settings: Settings, isPidAskedFor: boolean): string[] {
  const { run_as_user: user, pid_file: file } = settings
  const isOwn = user === UNIT.account
  const places = neededPlaces(settings)
  const pid = file === undefined ? undefined : normal(file)
  // With another account nobody reads the default pid file, and who asks for one in a folder that is not the account's has it from root.
  const isRoots =
    pid !== undefined && SAFE.test(pid) && (dirname(pid) === '/run' || (!isOwn && SHARED.has(dirname(pid))))
  const isWanted = pid !== undefined && (isPidAskedFor || isOwn)
  if (isWanted && !isRoots) places.push({ folder: dirname(pid) })
  return [
    ...(isOwn ? [] : ['RuntimeDirectory=']),
    ...new Set(places.flatMap((place) => placeLine(place, isOwn))),
    ...(isWanted && isRoots ? pidLines(pid) : []),
  ]
}

function placeLine({ folder, isLog }: Place, isOwn: boolean): string[] {
  const inRuntime = folder === UNIT.runtime || within(folder, UNIT.runtime) !== undefined
  if (folder === UNIT.state || (isOwn && inRuntime)) return []
  const state = isLog === true ? undefined : within(folder, '/var/lib')
  const runtime = within(folder, '/run')
  const logs = isLog === true ? within(folder, '/var/log') : undefined
  if (!SHARED.has(folder)) {
    if (state !== undefined) return [`StateDirectory=${word(state)}`]
    if (runtime !== undefined) return [`RuntimeDirectory=${word(runtime)}`]
    if (logs !== undefined) return [`LogsDirectory=${word(logs)}`]
  }
  return [`ReadWritePaths=${word(`-${folder}`)}`]
}

/** Where only root can make a file, as the old daemon did before it became another account. It never writes through a link. */
function pidLines(path: string): string[] {
  return [
    `ExecStartPost=+/bin/sh -c 'mkdir -p ${dirname(path)}; rm -f ${path}; set -C; echo $MAINPID > ${path}'`,
    `ExecStopPost=+/bin/rm -f ${path}`,
  ]
}

/** The rest of a path within another one. */
function within(path: string, folder: string): string | undefined {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined
}

interface Hidden {
  readonly option: string
  readonly place: string
  readonly line: string
}

/** Which options lead to where the daemon would see nothing. What plugins call their options is not known here: whatever is a path. */
function hiddenPaths(settings: Settings, given: ReadonlyMap<string, string>): Hidden[] {
  const own = new Map<string, unknown>(Object.entries(settings))
  const values = new Map<string, unknown>([...given].filter(([name]) => !own.has(name)))
  for (const [name, { isPath }] of specifications(DAEMON_OPTIONS)) if (isPath === true) values.set(name, own.get(name))
  if (settings.server_bind.startsWith('unix:')) values.set('server_bind', settings.server_bind.slice(5))
  return [...values].flatMap(([option, value]) => {
    if (typeof value !== 'string' || !value.startsWith('/')) return []
    return HIDDEN.flatMap(([pattern, line]) => {
      const place = pattern.exec(normal(value))?.[0]
      return place === undefined ? [] : [{ option, place, line }]
    })
  })
}

/** Text as one word of a unit: quotes have to be around the whole of it (systemd.syntax(7)). */
function word(path: string): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')
  return /[\s"'\\;]/.test(path) ? `"${escaped}"` : escaped
}
