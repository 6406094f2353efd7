// The client of irc-framework, with a typed face of what is used here (version 4.14 has no types).
import type { EventEmitter } from 'node:events'
import irc from 'irc-framework'
import type { IrcMessage } from './message.ts'

/**
 * What carries the lines; it emits `open`, `line` with a text, and `close`. One of our own: the library's takes no
 * authorities for TLS, and reads lines of any length.
 */
export interface Transport extends EventEmitter {
  connect(): void
  writeLine(line: string, done?: () => void): void
  close(force?: boolean): void
  disposeSocket(): void
  setEncoding(encoding: string): boolean
}

export interface ClientOptions {
  readonly nick: string
  readonly username: string
  /** The real name. */
  readonly gecos: string
  /** Of the server. */
  readonly password: string | undefined
  /** For SASL. Empty without it: the library would otherwise try the server's password there. */
  readonly account: { readonly account?: string; readonly password?: string }
  readonly transport: new () => Transport
  /** Off: a new client per session, since its queues and reconnects don't survive a lost socket. */
  readonly auto_reconnect: false
  /** In seconds; 0 is off, since the deadlines here decide. */
  readonly ping_interval: 0
  readonly ping_timeout: 0
}

type Middleware = (command: string, message: IrcMessage, line: string, client: unknown, next: () => void) => void

export interface Client {
  readonly connection: { write(line: string): void }
  /** Comes before the library's own handling of a message, which only happens after `next`. */
  readonly raw_middleware: { use(middleware: Middleware): void }
  readonly network: { readonly cap: { readonly enabled: readonly string[] } }
  requestCap(names: readonly string[]): void
  /** Sends the beginning of a login as soon as the transport is open. */
  connect(options: ClientOptions): void
}

const { Client: LibraryClient } = irc as { readonly Client: new () => Client }

export function newClient(): Client {
  return new LibraryClient()
}
