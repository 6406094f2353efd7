// The manual page presence.cfg(5), made from the schemas of the options.
import { DAEMON_OPTIONS } from '../../src/config/options.ts'
import { specifications } from '../../src/config/read-options.ts'
import { HEADINGS, INTRODUCTION, type SamplePlugin, written } from '../../src/config/sample.ts'
import { fileOptionOf } from '../../src/config/secret-files.ts'
import type { OptionSpec } from '../../src/core/options.ts'
import { argument, escaped, head, literal, paragraph, tagged } from './mdoc.ts'

type Entry = [string, ...string[]]

/** The text of the page. */
export function configPage(plugins: readonly SamplePlugin[], date: string): string {
  return `${[
    head({ name: 'presence.cfg', section: 5, about: 'configuration of kopano-presence', date }),
    '.Sh DESCRIPTION',
    ...INTRODUCTION.map((text) => `${paragraph(text)}\n.Pp`),
    'The daemon takes the file over again at',
    '.Dv SIGHUP .',
    'What only a restart can change is named in its log.',
    '.Sh OPTIONS',
    ...ownSections(),
    ...plugins.map(pluginSection),
    '.Sh FILES',
    tagged([['Pa /etc/kopano/presence.cfg', 'The usual place.']]),
    '.Sh EXAMPLES',
    'The users of an XMPP server, whose domain is example.com:',
    literal([
      'plugins = spreed manual xmpp',
      'xmpp_jid = bot@example.com',
      'xmpp_password_file = /etc/kopano/xmpp_password',
    ]),
    '.Sh SEE ALSO',
    '.Xr kopano-presence 8',
  ].join('\n')}\n`
}

/** The daemon's own options, in the groups of the sample. */
function ownSections(): string[] {
  const sections: string[] = []
  let entries: Entry[] = []
  const end = () => {
    if (entries.length > 0) sections.push(tagged(entries))
    entries = []
  }
  for (const [name, spec] of specifications(DAEMON_OPTIONS)) {
    const heading = HEADINGS.get(name)
    if (heading !== undefined) {
      end()
      sections.push(`.Ss ${escaped(heading)}`)
    }
    entries.push(entry(name, spec, fileOptionOf(name, spec, DAEMON_OPTIONS)))
  }
  end()
  return sections
}

function pluginSection({ name, options }: SamplePlugin): string {
  const entries = specifications(options).map(([option, spec]) => {
    const file = fileOptionOf(option, spec, options)
    return entry(`${name}_${option}`, spec, file === undefined ? undefined : `${name}_${file}`)
  })
  return [`.Ss The plugin ${escaped(name)}`, ...(entries.length === 0 ? [] : [tagged(entries)])].join('\n')
}

function entry(name: string, spec: OptionSpec<unknown>, fileOption: string | undefined): Entry {
  const standard = spec.write?.(spec.default) ?? written(spec.default)
  const facts = [
    `Must be ${spec.allowed}.`,
    `Default: ${standard === '' ? 'none' : standard}.`,
    ...(spec.example === undefined ? [] : [`Example: ${spec.example}.`]),
    ...(fileOption === undefined ? [] : [`It may stand in a file that ${fileOption} names.`]),
  ]
  return [`Cm ${argument(name)}`, paragraph(spec.help), ...facts.map(paragraph)]
}
