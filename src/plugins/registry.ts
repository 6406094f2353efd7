// The plugins there are: those built in, and packages that others wrote. Each is loaded only when it is asked for.
import { ConfigError, reason } from '../core/errors.ts'
import type { PluginDefinition } from '../core/plugin.ts'

type AnyDefinition = PluginDefinition<unknown>

const BUILT_IN: ReadonlyMap<string, () => Promise<AnyDefinition>> = new Map([
  ['spreed', async () => (await import('./spreed/index.ts')).spreed as AnyDefinition],
  ['manual', async () => (await import('./manual/index.ts')).manual as AnyDefinition],
  ['xmpp', async () => (await import('./xmpp/index.ts')).xmpp as AnyDefinition],
  ['asterisk', async () => (await import('./asterisk/index.ts')).asterisk as AnyDefinition],
])

/**
 * The plugin of this name: a built-in one, or what the package `kopano-presence-plugin-<name>` exports as default.
 * Undefined when there is none; a ConfigError when the package is there but can't be used.
 */
export async function resolvePlugin(name: string): Promise<AnyDefinition | undefined> {
  const builtIn = BUILT_IN.get(name)
  if (builtIn !== undefined) return builtIn()
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) return undefined
  const specifier = `kopano-presence-plugin-${name}`
  let module: unknown
  try {
    module = await import(specifier)
  } catch (error) {
    if (isMissing(error, specifier)) return undefined
    throw new ConfigError(`the plugin package ${specifier} can't be loaded: ${reason(error)}`)
  }
  const definition = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
  if (isDefinition(definition)) return definition
  throw new ConfigError(`the package ${specifier} has no plugin definition as its default export`)
}

function isMissing(error: unknown, specifier: string): boolean {
  const missing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
  return missing && error.message.includes(`'${specifier}'`)
}

function isDefinition(value: unknown): value is AnyDefinition {
  if (typeof value !== 'object' || value === null) return false
  return 'name' in value && 'options' in value && 'create' in value && typeof value.create === 'function'
}
