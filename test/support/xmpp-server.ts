// What the tests ask of an XMPP server, whichever it is.

/** The account that sees everybody, on every test server. */
export const BOT = 'bot'
/** The password of every account, unless a test sets another. */
export const PASSWORD = 'test-password-Zo7'

export interface XmppServerOptions {
  /** Accounts of `domain` that exist from the start. */
  readonly users?: readonly string[]
}

/** A real server that belongs to one test file; the bot sees everybody of `domain` as the plugin's README teaches. */
export interface XmppServer {
  readonly kind: 'prosody' | 'ejabberd'
  readonly host: '127.0.0.1'
  /** Plain connections and STARTTLS. */
  readonly port: number
  readonly directTlsPort: number
  /** Where the bot sees everybody. */
  readonly domain: string
  /** A second domain of the same server, of which the bot sees nobody unless they subscribe to each other. */
  readonly otherDomain: string
  readonly mucDomain: string
  readonly caFile: string
  /** An authority that has not signed the server's certificate. */
  readonly strangerCaFile: string
  readonly botJid: string
  readonly botPassword: string
  /** Makes an account, of `domain` unless told. */
  addUser(name: string, password?: string, domain?: string): Promise<void>
  deleteUser(name: string, domain?: string): Promise<void>
  /** What it wrote to its log. */
  log(): string
  /** SIGKILL: connections end without a word of XMPP. */
  kill(): Promise<void>
  /** SIGTERM: users are sent away politely. */
  shutdown(): Promise<void>
  /** Starts it again after `kill` or `shutdown`, with the same data and ports. */
  start(): Promise<void>
  /** SIGSTOP and SIGCONT. */
  pause(): void
  resume(): void
  /** Ends it and removes its files. */
  stop(): Promise<void>
}
