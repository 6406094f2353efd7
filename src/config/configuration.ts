// Loads presence.cfg and what it names: typed settings, or every mistake at once.
import { excerpt } from '../core/printable.ts'
import { UserMap } from '../core/user-map.ts'
import { combinedOrderMistakes } from './combined-order.ts'
import { readConfigFile } from './config-file.ts'
import { ConfigurationError, type Mistake, sentence, where } from './mistakes.ts'
import { notesOn } from './notes.ts'
import { DAEMON_OPTIONS, type Settings } from './options.ts'
import { withAbsolutePaths } from './paths.ts'
import { type ConfiguredPlugin, readPlugins } from './plugins.ts'
import type { SettingsByName } from './read-options.ts'
import { notesOnRights } from './rights-notes.ts'
import { optionNames, readAllOptions, type SecretSources } from './secret-files.ts'
import type { ResolvePlugin } from './source-names.ts'
import { checkStoreOptions } from './store-options.ts'
import { readLines, readSetting, type Setting } from './syntax.ts'
import { type ReadUserMap, readUserMap } from './user-map-file.ts'

export { ConfigurationError, type Mistake } from './mistakes.ts'
export type { Settings } from './options.ts'
export type { ConfiguredPlugin } from './plugins.ts'
export type { ResolvePlugin } from './source-names.ts'

export interface Configuration {
  /** The file it comes from; undefined when the defaults stand alone. */
  readonly file: string | undefined
  readonly settings: Settings
  /** The options that the file itself sets, by their names there. */
  readonly given: ReadonlySet<string>
  /** On which lines of the file options stand. */
  readonly lines: ReadonlyMap<string, number>
  /** In the order of `plugins`. */
  readonly plugins: readonly ConfiguredPlugin[]
  readonly userMap: UserMap
  /** Sentences for the log: unknown options, and accepted ones without effect. */
  readonly notes: readonly string[]
}

export interface ConfigurationSource extends SecretSources {
  readonly file: string | undefined
  readonly resolvePlugin: ResolvePlugin
  readonly defaults?: Partial<Settings>
}

/**
 * Reads the file (none: the defaults stand alone), and the user map that it names. `defaults` replace those of the schema. Throws
 * ConfigurationError with every mistake of all files, those of secrets included; nothing is started and no network is touched.
 */
export async function loadConfiguration(source: ConfigurationSource): Promise<Configuration> {
  const content = source.file === undefined ? new Uint8Array() : await readConfigFile(source.file)
  return readConfiguration(content, source)
}

/**
 * The daemon's own options alone, without its secrets and plugins, and all lines of the file as they are written: for whoever prepares its
 * start and may lack what they need. Throws ConfigurationError with the mistakes among these.
 */
export async function loadOwnSettings({
  file,
  defaults = {},
}: Pick<ConfigurationSource, 'file' | 'defaults'>): Promise<{
  readonly settings: Settings
  readonly given: ReadonlyMap<string, string>
}> {
  const content = file === undefined ? new Uint8Array() : await readConfigFile(file)
  const name = file ?? 'presence.cfg'
  const { settings: lines } = readSettings(content, name)
  const { options, mistakes } = await readAllOptions<Settings>(DAEMON_OPTIONS, {
    ...{ file: name, settings: lines, defaults },
    needs: () => false,
  })
  if (mistakes.length > 0) throw new ConfigurationError(mistakes, [])
  const given = new Map([...lines].flatMap(([key, { value }]) => (value === '' ? [] : [[key, value] as const])))
  return { settings: withAbsolutePaths(options, DAEMON_OPTIONS, name), given }
}

/** Like loadConfiguration for content that was read already; the file is what mistakes are said to be in. */
export async function readConfiguration(content: Uint8Array, source: ConfigurationSource): Promise<Configuration> {
  const { defaults = {}, credentials, needs = () => true } = source
  const file = source.file ?? 'presence.cfg'
  const { settings, mistakes, notes } = readSettings(content, file)
  const own = await readAllOptions<Settings>(DAEMON_OPTIONS, { file, settings, defaults, credentials, needs })
  const taken = optionNames(DAEMON_OPTIONS)
  const ownSettings = withAbsolutePaths(own.options, DAEMON_OPTIONS, file)
  const resolvePlugin: ResolvePlugin = (name) => source.resolvePlugin(name, ownSettings.plugin_path)
  const sources = await readPlugins(own.options.plugins, { file, settings, credentials, needs, taken }, resolvePlugin)
  const userMap = await loadUserMap(ownSettings.user_map_file, sources.names)
  const known = new Set([...taken, ...sources.known])
  const store = await checkStoreOptions(ownSettings, { file, settings, unread: own.unread })

  mistakes.push(...own.mistakes, ...store.mistakes, ...sources.mistakes)
  mistakes.push(...orderMistakes(own.options, file, settings, sources.names))
  mistakes.sort((one, other) => (one.line ?? 0) - (other.line ?? 0))
  mistakes.push(...userMap.mistakes)
  notes.push(
    ...(await notesOn(settings.values(), { file, known }, resolvePlugin)),
    ...notesOnRights(own.options, { file, settings }),
    ...own.notes,
    ...store.notes,
    ...sources.notes,
    ...userMap.notes,
  )
  if (mistakes.length > 0) throw new ConfigurationError(mistakes, notes)
  return {
    file: source.file,
    settings: ownSettings,
    given: new Set([...own.given, ...sources.given]),
    lines: new Map([...settings].map(([name, { line }]) => [name, line])),
    plugins: sources.plugins,
    userMap: new UserMap(userMap.mappings),
    notes: notes.map(sentence),
  }
}

/** The settings by name, with what is wrong with the lines themselves. As ever, the last of a repeated option counts. */
function readSettings(content: Uint8Array, file: string) {
  const { lines, undecodable } = readLines(content)
  const settings = new Map<string, Setting>()
  const mistakes: Mistake[] = undecodable.map((line) => ({ file, line, text: 'is not UTF-8; save the file as UTF-8' }))
  const notes: string[] = []
  for (const line of lines) {
    const setting = readSetting(line)
    const place = where({ file, line: line.number })
    if (setting === undefined) {
      // The text stays out of it: it may be a secret whose "=" is missing.
      notes.push(`${place}: the line has no effect, because it is neither "option = value" nor a comment`)
      continue
    }
    const earlier = settings.get(setting.key)
    if (earlier !== undefined)
      notes.push(`${place}: ${excerpt(setting.key)} replaces the same option of line ${earlier.line}`)
    settings.set(setting.key, setting)
  }
  return { settings, mistakes, notes }
}

async function loadUserMap(file: string | undefined, sources: readonly string[]): Promise<ReadUserMap> {
  if (file === undefined) return { mappings: [], mistakes: [], notes: [] }
  try {
    return readUserMap(await readConfigFile(file), file, sources)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return { mappings: [], mistakes: error.mistakes, notes: [] }
  }
}

function orderMistakes(
  options: Settings,
  file: string,
  settings: SettingsByName,
  sources: readonly string[],
): readonly Mistake[] {
  const option = 'combined_order'
  const line = settings.get(option)?.line
  return combinedOrderMistakes(options.combined_order, sources).map((text) => {
    return line === undefined ? { file, option, text } : { file, line, option, text }
  })
}
