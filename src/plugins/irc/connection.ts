// One connection that ends exactly once, with a reason: the library's client on a socket of ours.
import type { Socket } from 'node:net'
import { reason } from '../../core/errors.ts'
import { type Client, type ClientOptions, newClient } from './library.ts'
import type { IrcMessage } from './message.ts'
import { transportOver } from './socket-transport.ts'

/** What is told of a connection. */
export interface ConnectionListener {
  /** Each message, before the library sees it; true lets the library see it. */
  message(message: IrcMessage): boolean
  /** What is sent instead of a line, if anything. */
  sending?(line: string): string | undefined
  /** Something came, be it part of a line. */
  heard?(): void
}

export class IrcConnection {
  listener: ConnectionListener = { message: () => true }
  readonly #client: Client = newClient()
  readonly #socket: Socket
  readonly #lineLimit: number | undefined
  readonly ended: Promise<never>
  #reject: (reason: Error) => void = () => {}
  #over = false

  /** How long a line of the server may be, in bytes; without it as the reader has it. */
  constructor(socket: Socket, lineLimit?: number) {
    this.#socket = socket
    this.#lineLimit = lineLimit
    this.ended = new Promise<never>((_, reject) => {
      this.#reject = reject
    })
    this.ended.catch(() => {})
    this.#client.raw_middleware.use((_command, message, _line, _client, next) => this.#handle(message, next))
  }

  /** Sends the beginning of a login, with these capabilities among those that the library asks for. */
  open(options: Omit<ClientOptions, 'transport'>, capabilities: readonly string[]): void {
    const owner = {
      sending: (line: string) => (this.listener.sending === undefined ? line : this.listener.sending(line)),
      heard: () => this.listener.heard?.(),
      fail: (error: Error) => this.fail(error),
    }
    const transport = transportOver(this.#socket, owner, this.#lineLimit)
    this.#client.requestCap(capabilities)
    this.#client.connect({ ...options, transport })
  }

  get capabilities(): ReadonlySet<string> {
    return new Set(this.#client.network.cap.enabled)
  }

  get over(): boolean {
    return this.#over
  }

  send(line: string): void {
    if (!this.#over) this.#client.connection.write(line)
  }

  /** Ends the connection at once; only the first reason counts. */
  fail(error: Error): void {
    if (this.#over) return
    this.#over = true
    this.listener = { message: () => false }
    this.#socket.destroy()
    this.#reject(error)
  }

  #handle(message: IrcMessage, next: () => void): void {
    if (this.#over) return
    try {
      if (this.listener.message(message)) next()
    } catch (error) {
      // The library throws at messages that lack a part; without this it would write that to the standard output and go on.
      this.fail(new Error(`the server sent a message that can't be understood (${message.command}): ${reason(error)}`))
    }
  }
}
