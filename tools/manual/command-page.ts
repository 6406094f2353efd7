// The manual page kopano-presence(8), made from the commands as commander knows them.
import type { Argument, Command, Option } from 'commander'
import { argument, escaped, head, literal, paragraph, tagged } from './mdoc.ts'

const FILES = [
  ['/etc/kopano/presence.cfg', 'The configuration, see presence.cfg(5).'],
  ['/var/lib/kopano/presence', 'Where presence is kept, and the secret that the daemon makes when it is given none.'],
  [
    '/etc/systemd/system/kopano-presence.service.d/presence-cfg.conf',
    'What presence.cfg says that systemd has to know, made at each installation of the package by unit-drop-in.',
  ],
] as const

const SIGNALS = [
  ['SIGTERM', 'Ends the daemon within 5 seconds; SIGINT does as well.'],
  ['SIGHUP', 'Reads presence.cfg again and opens the log file anew; nobody is disconnected.'],
] as const

/** The text of the page. */
export function commandPage(program: Command, date: string): string {
  const { commands } = program
  return `${[
    head({ name: program.name(), section: 8, about: 'who can be reached and where', date }),
    '.Sh SYNOPSIS',
    ...commands.flatMap((command) => ['.Nm', ...usage(program, command)]),
    '.Sh DESCRIPTION',
    paragraph(
      'The daemon collects the presence of users from many protocols, one plugin each, and tells it in JSON over HTTP. Without a command it is run, in the foreground. The other commands check its configuration, or ask the running daemon, which they find by the same file.',
    ),
    '.Pp',
    'Options of every command:',
    tagged(visible(program).map(optionEntry)),
    '.Sh COMMANDS',
    ...commands.map(section),
    '.Sh SIGNALS',
    tagged(SIGNALS.map(([name, text]) => [`Dv ${name}`, paragraph(text)])),
    '.Sh ENVIRONMENT',
    tagged([
      ['Ev KOPANO_CFG_DIR', paragraph('The folder of presence.cfg, instead of /etc/kopano.')],
      ['Ev CREDENTIALS_DIRECTORY', paragraph('Set by systemd: secrets, in files with the names of their options.')],
      [
        'Ev NOTIFY_SOCKET',
        paragraph('Set by systemd, which is told there when the daemon is ready, reloads and lives.'),
      ],
    ]),
    '.Sh FILES',
    tagged(FILES.map(([path, text]) => [`Pa ${path}`, paragraph(text)])),
    '.Sh EXIT STATUS',
    paragraph('0 when all is well, 1 when the command failed and has said why, 2 when it was called wrongly.'),
    '.Sh EXAMPLES',
    literal([
      'kopano-presence check',
      'kopano-presence set ada@example.com available "Hello there"',
      'kopano-presence get ada@example.com',
      'kopano-presence watch',
    ]),
    '.Sh SEE ALSO',
    '.Xr systemctl 1 ,',
    '.Xr presence.cfg 5',
    '.Pp',
    'The documentation in',
    '.Pa /usr/share/doc/kopano-presence .',
  ].join('\n')}\n`
}

/** The page's entry for one command. */
function section(command: Command): string {
  const described = [
    ...command.registeredArguments.map((each): readonly [string, string] => [
      `Ar ${argument(each.name())}`,
      sentence(each.description, each.argChoices),
    ]),
    ...ownOptions(command).map(optionEntry),
  ]
  return [
    `.Ss ${escaped(command.name())}`,
    paragraph(sentence(command.description())),
    ...(described.length === 0 ? [] : [tagged(described)]),
  ].join('\n')
}

function usage(program: Command, command: Command): string[] {
  return [
    `.Cm ${argument(command.name())}`,
    ...[...ownOptions(program), ...ownOptions(command)].map((option) => `.Op ${flag(option)}`),
    ...command.registeredArguments.map(placeholder),
  ]
}

/** Without help and version, which are the same everywhere. */
function ownOptions(command: Command): Option[] {
  return visible(command).filter(({ long }) => long !== '--help' && long !== '--version')
}

function placeholder(each: Argument): string {
  return `.${each.required ? 'Ar' : 'Op Ar'} ${argument(each.name())}${each.variadic ? ' ...' : ''}`
}

function visible(command: Command): Option[] {
  return command.createHelp().visibleOptions(command)
}

/** As `Fl C Ar FILE`: the dash is Fl's, so of a long option only one is left. */
function flag({ short, long, flags }: Option): string {
  const name = (short ?? long ?? '').slice(1)
  const value = /[<[]([^\]>]+)[\]>]/.exec(flags)?.[1]
  return `Fl ${argument(name)}${value === undefined ? '' : ` Ar ${argument(value)}`}`
}

function optionEntry(option: Option): [string, string] {
  const { short, long: name } = option
  const long = short === undefined || name === undefined ? '' : ` , Fl ${argument(name.slice(1))}`
  const standard = typeof option.defaultValue === 'string' ? ` The default is ${option.defaultValue}.` : ''
  const [first = '', value] = flag(option).split(/ (?=Ar )/)
  const term = `${first}${long}${value === undefined ? '' : ` ${value}`}`
  return [term, paragraph(sentence(option.description, option.argChoices) + standard)]
}

/** A description of commander as a sentence. */
function sentence(text: string, choices?: readonly string[]): string {
  const ending = choices === undefined ? '' : `: one of ${choices.join(', ')}`
  const isFile = /^\S+\.cfg/.test(text)
  return `${isFile ? text.slice(0, 1) : text.slice(0, 1).toUpperCase()}${text.slice(1)}${ending}.`
}
