// The door of the client: everything that one imports from kopano-presence/client.
export type { ClientOptions } from './connection.ts'
export type {
  PresenceDocument,
  ProblemDocument,
  SectionDocument,
  SourceDocument,
  SourcesDocument,
  Status,
} from './documents.ts'
export { ProblemError, UnreachableError } from './errors.ts'
export type { KeepAlive, KeepAliveOptions } from './keep-alive.ts'
export type { PresenceListener } from './observers.ts'
export { PresenceClient, type PublishedSection } from './presence-client.ts'
export type { Surroundings } from './surroundings.ts'
export { createToken, type TokenProvider } from './tokens.ts'
export type { WatchChoice, WatchEvent } from './watch.ts'
