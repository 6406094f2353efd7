// One connection to the manager interface that ends exactly once, with a reason: requests, lists, events.
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { reason } from '../../core/errors.ts'
import { type AmiMessage, field, writeAction } from './message.ts'
import { AmiParser } from './parser.ts'

/** The most items of one list. */
export const ITEMS_LIMIT = 200_000

/** Whoever listens to the connection. A listener that throws ends it. */
export interface ConnectionListener {
  /** Something came, be it a piece. */
  data?(): void
  /** An event that no request of ours has asked for. */
  event?(event: AmiMessage): void
}

interface Request {
  readonly items: AmiMessage[]
  /** The answer has come and items follow. */
  readonly isList: boolean
  settle(answer: AmiMessage): void
  fail(why: Error): void
}

export class Connection {
  listener: ConnectionListener = {}
  readonly #parser: AmiParser
  readonly #requests = new Map<string, Request>()
  readonly #sockets: Socket[] = []
  readonly #ended: Promise<never>
  #reject: (reason: Error) => void = () => {}
  #socket: Socket | undefined
  /** Why it has ended. */
  #over: Error | undefined
  #greet: (banner: string) => void = () => {}
  /** The server's first line. */
  readonly banner: Promise<string>

  /** How long a line may be, in bytes; without it as the parser has it. */
  constructor(lineLimit?: number) {
    this.#parser = new AmiParser(lineLimit)
    this.#ended = new Promise<never>((_, reject) => {
      this.#reject = reject
    })
    this.#ended.catch(() => {})
    this.banner = new Promise((resolve) => {
      this.#greet = resolve
    })
  }

  /** Rejects with the reason when the connection ends; never resolves. */
  get ended(): Promise<never> {
    return this.#ended
  }

  /** Ends the connection at once; only the first reason counts. */
  fail(why: Error): void {
    if (this.#over !== undefined) return
    this.#over = why
    this.listener = {}
    for (const request of this.#requests.values()) request.fail(why)
    this.#requests.clear()
    for (const socket of this.#sockets) socket.destroy()
    this.#reject(why)
  }

  /** Takes over a socket, which is destroyed at the latest when the connection ends. */
  owns(socket: Socket): void {
    this.#sockets.push(socket)
    if (this.#over !== undefined) socket.destroy()
  }

  /** Begins to talk over this socket. */
  attach(socket: Socket): void {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#data(chunk))
    socket.on('error', (error) => this.fail(new Error(`the connection broke: ${reason(error)}`)))
    socket.on('end', () => this.fail(new Error('the server closed the connection')))
    socket.on('close', () => this.fail(new Error('the connection was closed')))
  }

  /** The server's answer, be it an error; rejects with the reason when the connection ends before. */
  request(action: string, headers: Readonly<Record<string, string>> = {}): Promise<AmiMessage> {
    return new Promise((settle, fail) => this.#ask(action, headers, { items: [], isList: false, settle, fail }))
  }

  /** The answer to a request for a list, with the items that follow a good one until it is complete; rejects as a request does. */
  list(action: string): Promise<{ readonly answer: AmiMessage; readonly items: readonly AmiMessage[] }> {
    const items: AmiMessage[] = []
    return new Promise((resolve, fail) =>
      this.#ask(action, {}, { items, isList: true, settle: (answer) => resolve({ answer, items }), fail }),
    )
  }

  /** Says goodbye. The server's own ends the connection; nothing is heard any more. */
  leave(): void {
    this.listener = {}
    this.#socket?.end(writeAction('Logoff', {}))
  }

  #ask(action: string, headers: Readonly<Record<string, string>>, request: Request): void {
    if (this.#over !== undefined) {
      request.fail(this.#over)
      return
    }
    // Nobody can guess it, so nobody's text can pose as an answer to us.
    const id = randomBytes(12).toString('hex')
    this.#requests.set(id, request)
    this.#socket?.write(writeAction(action, { ...headers, ActionID: id }))
  }

  #data(chunk: Buffer): void {
    if (this.#over !== undefined) return
    this.listener.data?.()
    try {
      const messages = this.#parser.push(chunk)
      if (this.#parser.banner !== undefined) this.#greet(this.#parser.banner)
      for (const message of messages) this.#message(message)
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #message(message: AmiMessage): void {
    if (this.#over !== undefined) return
    const id = field(message, 'actionid')
    const request = this.#requests.get(id)
    if (request === undefined) {
      // Also one with an id that is not ours: it can be a line of somebody's text, and that it came must not go unseen.
      if (message.kind === 'event') this.listener.event?.(message)
      return
    }
    if (message.kind === 'response') {
      if (request.isList && message.name === 'Success') return
      this.#settle(id, request, message)
    } else if (message.kind === 'event' && request.isList) {
      if (field(message, 'eventlist').toLowerCase() === 'complete') this.#settle(id, request, message)
      else if (request.items.length < ITEMS_LIMIT) request.items.push(message)
      else throw new Error(`the server sent a list of more than ${ITEMS_LIMIT} items`)
    }
  }

  #settle(id: string, request: Request, answer: AmiMessage): void {
    this.#requests.delete(id)
    request.settle(answer)
  }
}
