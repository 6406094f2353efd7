// The entries of `plugins`: names of sources and the plugins behind them, checked and found.
import { reason } from '../core/errors.ts'
import type { PluginDefinition } from '../core/plugin.ts'
import { STATUSES } from '../core/presence.ts'
import { excerpt } from '../core/printable.ts'
import { didYouMean } from './did-you-mean.ts'
import { KNOWN_PLUGINS } from './known-plugins.ts'

/** Finds the definition of a plugin by its name, looking for packages in a folder too; undefined when there is none. */
export type ResolvePlugin = (name: string, folder?: string) => Promise<PluginDefinition<unknown> | undefined>

/** A plugin, or a sentence that says why there is none. */
export type FoundPlugin =
  | { readonly definition: PluginDefinition<unknown>; readonly mistake?: never }
  | { readonly mistake: string }

/** What begins a source's options, so it has to be a word that an option can begin with. */
const SOURCE_NAME = /^[a-z_][a-z0-9_-]{0,63}$/

/** Keys with another meaning where sources are named: in the JSON of `/`, and in combined_order. */
const RESERVED: ReadonlySet<string> = new Set(['user_id', ...STATUSES])

/** The two names in `NAME=PLUGIN`; the same one twice in a plain `NAME`. */
export function splitEntry(entry: string): readonly [source: string, plugin: string] {
  const equals = entry.indexOf('=')
  return equals === -1 ? [entry, entry] : [entry.slice(0, equals), entry.slice(equals + 1)]
}

/** Why a source can't have this name; undefined when it can. */
export function sourceNameMistake(name: string): string | undefined {
  if (name.startsWith('#')) return 'a comment needs a line of its own'
  if (RESERVED.has(name))
    return `no source can be called ${name}, which has another meaning; choose another NAME in NAME=PLUGIN`
  if (SOURCE_NAME.test(name)) return undefined
  return `no source can be called "${excerpt(name)}": use up to 64 lower-case letters, digits, "-" and "_", with a letter first`
}

/** Finds a plugin, and says what to do when there is none. */
export async function findPlugin(name: string, resolvePlugin: ResolvePlugin): Promise<FoundPlugin> {
  // Such a name may become a part of a package's name, so nothing else may get so far.
  if (!SOURCE_NAME.test(name)) {
    return { mistake: `no plugin is called "${excerpt(name)}": they have lower-case letters, digits, "-" and "_"` }
  }
  try {
    const definition = await resolvePlugin(name)
    if (definition !== undefined) return { definition }
  } catch (error) {
    return { mistake: `the plugin ${name} can't be loaded: ${excerpt(reason(error), 300)}` }
  }
  const builtIn = await builtInPlugins(resolvePlugin)
  const guess = didYouMean(name, builtIn)
  const remedy = `built in: ${builtIn.join(', ')}; for another one install the package kopano-presence-plugin-${name}, and name its folder as plugin_path`
  return { mistake: `there is no plugin ${name}${guess} (${remedy})` }
}

/** The project's plugins that this version has. */
async function builtInPlugins(resolvePlugin: ResolvePlugin): Promise<readonly string[]> {
  const definitions = await Promise.all(KNOWN_PLUGINS.map((name) => resolvePlugin(name).catch(() => undefined)))
  return KNOWN_PLUGINS.filter((_, index) => definitions[index] !== undefined)
}
