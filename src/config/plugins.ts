// The `plugins` option: which plugin runs under which source name, and with what options.
import type { OptionMistake } from '../core/options.ts'
import type { PluginDefinition } from '../core/plugin.ts'
import { type Mistake, where } from './mistakes.ts'
import { withAbsolutePaths } from './paths.ts'
import type { SettingsByName } from './read-options.ts'
import { optionNames, readAllOptions, type SecretSources } from './secret-files.ts'
import { findPlugin, type ResolvePlugin, sourceNameMistake, splitEntry } from './source-names.ts'

/** The most sources of one daemon. */
const SOURCES_LIMIT = 100

/** A source that shall run. */
export interface ConfiguredPlugin {
  /** The name of the source: the key in the JSON, and the beginning of its options. */
  readonly source: string
  readonly definition: PluginDefinition<unknown>
  /** As the plugin's schema says. */
  readonly options: unknown
}

export interface ReadPlugins {
  /** The sources that were asked for, also those whose plugin is missing. */
  readonly names: readonly string[]
  readonly plugins: readonly ConfiguredPlugin[]
  /** The names, as in the file, of all options that the sources read. */
  readonly known: readonly string[]
  readonly given: readonly string[]
  readonly mistakes: readonly Mistake[]
  readonly notes: readonly string[]
}

interface Source extends SecretSources {
  readonly file: string
  readonly settings: SettingsByName
}

/**
 * Every source that `entries` (`NAME` or `NAME=PLUGIN`) asks for, in that order, with its options. `taken` are the names of the
 * daemon's own options, with which those of a source may not collide.
 */
export async function readPlugins(
  entries: readonly string[],
  source: Source & { readonly taken: Iterable<string> },
  resolvePlugin: ResolvePlugin,
): Promise<ReadPlugins> {
  const taken = new Set(source.taken)
  const names = new Set<string>()
  const plugins: ConfiguredPlugin[] = []
  const known: string[] = []
  const given: string[] = []
  const mistakes: Mistake[] = []
  const notes: string[] = []
  const refuse = (text: string) => mistakes.push({ ...placeOf(source, 'plugins'), option: 'plugins', text })

  if (entries.length > SOURCES_LIMIT) refuse(`names ${entries.length} sources, more than ${SOURCES_LIMIT}`)
  for (const entry of entries.slice(0, SOURCES_LIMIT)) {
    const [name, pluginName] = splitEntry(entry)
    const nameMistake = sourceNameMistake(name) ?? (names.has(name) ? `the source ${name} is named twice` : undefined)
    if (nameMistake !== undefined) {
      refuse(nameMistake)
      continue
    }
    names.add(name)
    const found = await findPlugin(pluginName, resolvePlugin)
    if (found.mistake !== undefined) {
      refuse(found.mistake)
      continue
    }
    const { definition } = found
    const wholeNames = optionNames(definition.options).map((option) => `${name}_${option}`)
    const clash = wholeNames.find((option) => taken.has(option))
    if (clash !== undefined) {
      refuse(`${name} would read ${clash}, which belongs to something else already; choose another NAME in NAME=PLUGIN`)
      continue
    }
    for (const option of wholeNames) taken.add(option)
    known.push(...wholeNames)
    const read = await readPluginOptions(name, definition, source)
    plugins.push({ source: name, definition, options: read.options })
    given.push(...read.given)
    mistakes.push(...read.mistakes)
    notes.push(...read.notes)
  }
  return { names: [...names], plugins, known, given, mistakes, notes }
}

async function readPluginOptions(name: string, definition: PluginDefinition<unknown>, source: Source) {
  const prefix = `${name}_`
  const read = await readAllOptions<unknown>(definition.options, { ...source, prefix })
  const wrong = new Set([...read.mistakes.map((mistake) => mistake.option), ...read.unread])
  // A default stands in for an option that is wrong by itself, so what is said of that one means nothing.
  const meaningful = (said: readonly OptionMistake[] | undefined) =>
    (said ?? [])
      .map(({ option, text }) => ({ option: `${prefix}${option}`, text }))
      .filter(({ option }) => !wrong.has(option))
  const misfits = meaningful(definition.check?.(read.options)).map(({ option, text }) => ({
    ...placeOf(source, option),
    option,
    text,
  }))
  const notes = meaningful(definition.advise?.(read.options)).map(
    ({ option, text }) => `${where(placeOf(source, option))}: ${option}: ${text}`,
  )
  const options = withAbsolutePaths(read.options, definition.options, source.file)
  return { options, given: read.given, mistakes: [...read.mistakes, ...misfits], notes: [...read.notes, ...notes] }
}

/** The line of an option, else that of `plugins`, which wants it. */
function placeOf({ file, settings }: Source, option: string): { readonly file: string; readonly line?: number } {
  const line = (settings.get(option) ?? settings.get('plugins'))?.line
  return line === undefined ? { file } : { file, line }
}
