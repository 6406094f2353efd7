// The door for plugins that others write: everything that one imports from kopano-presence/plugin.
export type { Clock } from './core/clock.ts'
export { FatalError } from './core/errors.ts'
export type { Log, LogFields } from './core/log.ts'
export * as option from './core/options.ts'
export type { Collector, PluginContext, PluginDefinition, PublishableSource, Session } from './core/plugin.ts'
export type { AtExpiry, Publication, SourcePresence, Status } from './core/presence.ts'
