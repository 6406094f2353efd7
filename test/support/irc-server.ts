// What the tests know of a real IRC server, whichever it is.

export interface IrcServer {
  readonly kind: 'ngircd' | 'inspircd'
  readonly host: string
  /** In the clear. */
  readonly port: number
  readonly tlsPort: number
  readonly caFile: string
  /** An authority that did not sign the server's certificate. */
  readonly strangerCaFile: string
  log(): string
  kill(): Promise<void>
  shutdown(): Promise<void>
  start(): Promise<void>
  pause(): void
  resume(): void
  stop(): Promise<void>
}
