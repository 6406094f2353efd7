// Writes the commented sample of presence.cfg from the schemas, so that it can't say anything else than the code.
import type { OptionSpec } from '../core/options.ts'
import { DAEMON_OPTIONS } from './options.ts'
import { specifications } from './read-options.ts'
import { fileOptionOf } from './secret-files.ts'

/** The options of one plugin, under the name that its source has by default. */
export interface SamplePlugin {
  readonly name: string
  readonly options: object
}

const WIDTH = 100

/** What the file is, and how its lines are read; a paragraph each. */
export const INTRODUCTION = [
  'The configuration of kopano-presence: every option, with what is allowed and its default.',
  'A line is "option = value" or a comment, which begins with "#" and has a line of its own: a "#" in a value belongs to the value. Several words are separated by spaces.',
  'Take away the "#" in front of an option to set it. An option without a value keeps its default, unless it says otherwise. Relative paths count from the folder of this file. "kopano-presence check" checks the file without starting anything.',
]

/** What begins a new group of the daemon's options. */
export const HEADINGS: ReadonlyMap<string, string> = new Map([
  ['data_path', 'Presence'],
  ['store', 'Store'],
  ['forget_after', 'Users'],
  ['plugins', 'Plugins'],
  ['run_as_user', 'Process'],
  ['server_bind', 'HTTP'],
  ['board_url', 'Status board'],
  ['log_method', 'Log'],
])

/** The whole file. */
export function sampleFile(plugins: readonly SamplePlugin[]): string {
  const parts = [INTRODUCTION.map(comment).join('\n#\n')]
  for (const [name, spec] of specifications(DAEMON_OPTIONS)) {
    const heading = HEADINGS.get(name)
    if (heading !== undefined) parts.push(headline(heading))
    parts.push(entry(name, spec, fileOptionOf(name, spec, DAEMON_OPTIONS)))
  }
  for (const { name, options } of plugins) {
    parts.push(headline(`The plugin ${name}`))
    for (const [option, spec] of specifications(options)) {
      const fileOption = fileOptionOf(option, spec, options)
      parts.push(entry(`${name}_${option}`, spec, fileOption === undefined ? undefined : `${name}_${fileOption}`))
    }
  }
  return `${parts.join('\n\n')}\n`
}

function headline(title: string): string {
  return `### ${title} ${'#'.repeat(WIDTH - title.length - 5)}`
}

function entry(name: string, spec: OptionSpec<unknown>, fileOption: string | undefined): string {
  const standard = spec.write?.(spec.default) ?? written(spec.default)
  const facts = `Must be ${spec.allowed}. Default: ${standard === '' ? 'none' : standard}.`
  const lines = [comment(spec.help), comment(facts), `#${`${name} = ${spec.example ?? standard}`.trimEnd()}`]
  if (fileOption === undefined) return lines.join('\n')
  const held = spec.filed === 'lines' ? 'one in each line' : 'in its first line'
  return [...lines, comment(`Or a file that holds it, ${held}:`), `#${fileOption} = /etc/kopano/${name}`].join('\n')
}

/** A value as it stands in the file. */
export function written(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return Array.isArray(value) ? value.join(' ') : String(value)
}

/** A paragraph as comment lines of at most the width. */
function comment(paragraph: string): string {
  const lines = ['#']
  for (const word of paragraph.split(' ')) {
    const line = `${lines.at(-1)} ${word}`
    if (line.length <= WIDTH) lines.splice(-1, 1, line)
    else lines.push(`# ${word}`)
  }
  return lines.join('\n')
}
