// The door for plugins that others write: everything that one imports from kopano-presence/plugin.
export type { CollectorStage } from './contract/collector-checks.ts'
export type { PluginCheck } from './contract/plugin-check.ts'
export { type PluginStage, pluginContract } from './contract/plugin-contract.ts'
export type { Clock } from './core/clock.ts'
export { FatalError } from './core/errors.ts'
export type { Finding, Tell } from './core/finding.ts'
export type { Log, LogFields } from './core/log.ts'
/** Makes the options of a plugin: each says what a line of presence.cfg may hold, and reads it. */
export * as option from './core/options.ts'
export type { Collector, PluginContext, PluginDefinition, PublishableSource, Session } from './core/plugin.ts'
export type { AtExpiry, Publication, SourcePresence, Status } from './core/presence.ts'
