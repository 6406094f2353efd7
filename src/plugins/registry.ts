// The plugins there are: those built in, and packages that others wrote. Each is loaded only when it is asked for.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError, reason } from '../core/errors.ts'
import type { PluginDefinition } from '../core/plugin.ts'

type AnyDefinition = PluginDefinition<unknown>

const BUILT_IN: ReadonlyMap<string, () => Promise<AnyDefinition>> = new Map([
  ['spreed', async () => (await import('./spreed/index.ts')).spreed as AnyDefinition],
  ['manual', async () => (await import('./manual/index.ts')).manual as AnyDefinition],
  ['xmpp', async () => (await import('./xmpp/index.ts')).xmpp as AnyDefinition],
  ['asterisk', async () => (await import('./asterisk/index.ts')).asterisk as AnyDefinition],
  ['irc', async () => (await import('./irc/index.ts')).irc as AnyDefinition],
])

const loaded = new WeakSet<AnyDefinition>()

/** Whether a definition is one of this package: making one of these begins nothing that could throw out of turn. */
export function isBuiltIn(definition: AnyDefinition): boolean {
  return loaded.has(definition)
}

/**
 * The plugin of this name: a built-in one, or what the package `kopano-presence-plugin-<name>` exports as default, which is
 * installed beside this one or in `folder` (by npm, so in its `node_modules`). Undefined when there is none; a ConfigError when
 * the package is there but can't be used.
 */
export async function resolvePlugin(name: string, folder?: string): Promise<AnyDefinition | undefined> {
  const builtIn = BUILT_IN.get(name)
  if (builtIn !== undefined) {
    const definition = await builtIn()
    loaded.add(definition)
    return definition
  }
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) return undefined
  const specifier = `kopano-presence-plugin-${name}`
  const module = (await load(specifier, specifier)) ?? (await loadFrom(folder, specifier))
  if (module === undefined) return undefined
  if ('default' in module && isDefinition(module.default)) return module.default
  throw new ConfigError(`the package ${specifier} has no plugin definition as its default export`)
}

/** The module; undefined when there is no such package. */
async function load(location: string, specifier: string): Promise<object | undefined> {
  try {
    return await import(location)
  } catch (error) {
    if (isMissing(error, specifier)) return undefined
    throw new ConfigError(`the plugin package ${specifier} can't be loaded: ${reason(error)}`)
  }
}

async function loadFrom(folder: string | undefined, specifier: string): Promise<object | undefined> {
  if (folder === undefined) return undefined
  let file: string
  try {
    file = createRequire(join(folder, 'from-here')).resolve(specifier)
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return undefined
    throw new ConfigError(`the plugin package ${specifier} can't be loaded: ${reason(error)}`)
  }
  return load(pathToFileURL(file).href, specifier)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function isMissing(error: unknown, specifier: string): boolean {
  return error instanceof Error && codeOf(error) === 'ERR_MODULE_NOT_FOUND' && error.message.includes(`'${specifier}'`)
}

function isDefinition(value: unknown): value is AnyDefinition {
  if (typeof value !== 'object' || value === null) return false
  return 'name' in value && 'options' in value && 'create' in value && typeof value.create === 'function'
}
