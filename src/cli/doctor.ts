// `kopano-presence doctor`: connects to everything that presence.cfg names, and says what is right, what is wrong and which line to change.
import { execFile } from 'node:child_process'
import type { Command } from 'commander'
import { type Configuration, ConfigurationError } from '../config/configuration.ts'
import { sentence } from '../config/mistakes.ts'
import { readServerCertificate } from '../config/server-certificate.ts'
import { reason } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import { type ClientFlags, withAs, withUrl } from './arguments.ts'
import { loadChosen } from './chosen-configuration.ts'
import type { CommandContext } from './context.ts'
import { reachDaemon } from './daemon-client.ts'
import { onUsers } from './doctor/near-users.ts'
import { onFiles, onSecret } from './doctor/own-files.ts'
import { linesOf, Report } from './doctor/report.ts'
import { onDaemon } from './doctor/running-daemon.ts'

interface DoctorFlags extends ClientFlags {
  readonly as: string
  readonly json?: boolean
}

type TellAbout = (about: string, finding: Finding) => void

export function addDoctor(program: Command, context: CommandContext): void {
  withAs(withUrl(program.command('doctor')))
    .description('connect to everything that presence.cfg names, and tell what is wrong and which line to change')
    .option('--json', 'print the findings as JSON')
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<DoctorFlags>()
      const report = new Report()
      const tell: TellAbout = (about, finding) => {
        const reported = report.add(about, finding)
        if (flags.json !== true) for (const line of linesOf(reported)) context.out(line)
      }
      const configuration = await read(flags, context, tell)
      if (configuration !== undefined) {
        report.places = { file: configuration.file, lines: configuration.lines }
        await examineAll(configuration, flags, context, tell)
      }
      context.out(flags.json === true ? report.json() : report.summary())
      context.exit(report.verdict)
    })
}

/** Undefined when it has mistakes, which are told: nothing else can be examined then. */
async function read(flags: DoctorFlags, context: CommandContext, tell: TellAbout): Promise<Configuration | undefined> {
  const about = 'presence.cfg'
  const note = (text: string) => tell(about, { level: 'warning', text })
  try {
    const configuration = await loadChosen(flags.config, context, () => true)
    const certificate = await readServerCertificate(configuration.settings, context.now())
    for (const text of [...configuration.notes, ...(certificate?.notes ?? [])]) note(text)
    const { file = 'there is none, so the defaults count' } = configuration
    tell(about, { level: 'ok', text: `${file}: it has no mistakes` })
    return configuration
  } catch (error) {
    if (error instanceof ConfigurationError) for (const text of error.notes) note(text)
    for (const text of reason(error).split('\n')) tell(about, { level: 'error', text: sentence(text) })
    return undefined
  }
}

async function examineAll(
  configuration: Configuration,
  flags: DoctorFlags,
  context: CommandContext,
  tell: TellAbout,
): Promise<void> {
  const { settings } = configuration
  tell('secret', onSecret(settings.server_secret_key))
  await onFiles(configuration, (finding) => tell('secret', finding))
  await Promise.all([
    examineDaemon(configuration, flags, context, tell),
    onClock((finding) => tell('clock', finding)),
    context.daemon.examine(configuration, tell),
  ])
}

async function examineDaemon(
  { settings }: Configuration,
  flags: DoctorFlags,
  context: CommandContext,
  tell: TellAbout,
): Promise<void> {
  try {
    const reach = await reachDaemon(flags, context)
    const asked = { settings, reach, as: flags.as, now: () => context.now() }
    const users = await onDaemon(asked, (finding) => tell('daemon', finding))
    const hasMap = settings.user_map_file !== undefined
    for (const finding of users === undefined ? [] : onUsers(users, hasMap)) tell('users', finding)
  } catch (error) {
    tell('daemon', { level: 'warning', text: `the daemon could not be asked: ${sentence(reason(error))}` })
  }
}

/** Tokens are dated by the clock, so it has to be right; where systemd keeps it, that says whether it is. */
function onClock(tell: (finding: Finding) => void): Promise<void> {
  return new Promise((resolve) => {
    const words = ['show', '--property=NTPSynchronized', '--value']
    execFile('timedatectl', words, { timeout: 3_000 }, (error, stdout) => {
      if (error === null && stdout.trim() === 'no') {
        const text =
          "this machine's clock is not set by NTP (timedatectl), and tokens are dated by it: timedatectl set-ntp true"
        tell({ level: 'warning', text })
      } else if (error === null && stdout.trim() === 'yes') tell({ level: 'ok', text: 'the clock is set by NTP' })
      resolve()
    })
  })
}
