// One connection to the daemon, kept alive: a request, its answer, the next; a client that costs next to nothing beside the server that is measured.
import { connect, type Socket } from 'node:net'

/** The status of the answer, or what went wrong. */
export type Outcome = number | string

const HEAD_END = '\r\n\r\n'

export class Connection {
  readonly #url: URL
  #socket: Socket | undefined
  #done: ((outcome: Outcome) => void) | undefined
  /** Of the answer: what has come of its head; its status once that is whole; how many bytes of the body are still to come. */
  #head = ''
  #status = 0
  #left = 0

  constructor(url: URL) {
    this.#url = url
  }

  /** Sends a whole request. One at a time. */
  ask(request: string, done: (outcome: Outcome) => void): void {
    this.#done = done
    this.#socket ??= this.#connect()
    this.#socket.write(request)
  }

  #connect(): Socket {
    const socket = connect(Number(this.#url.port), this.#url.hostname)
    socket.setNoDelay()
    socket.on('data', (bytes) => this.#read(bytes))
    socket.on('error', (error) => this.#lost(socket, error.message))
    socket.once('close', () => this.#lost(socket, 'the connection was closed'))
    return socket
  }

  #read(bytes: Buffer): void {
    if (this.#status !== 0) this.#left -= bytes.length
    else if (!this.#readHead(bytes)) return
    if (this.#left === 0) this.#finish(this.#status)
    else if (this.#left < 0) this.#fail('more than an answer')
  }

  /** Returns whether the head is whole. */
  #readHead(bytes: Buffer): boolean {
    this.#head += bytes.toString('latin1')
    const end = this.#head.indexOf(HEAD_END)
    if (end === -1) return false
    this.#status = Number(this.#head.slice(9, 12))
    // Only the longest answers come without it, and none of them is asked for here.
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#head.slice(0, end + 2))?.[1]
    this.#left = Number(length ?? 0) - (this.#head.length - end - HEAD_END.length)
    return true
  }

  #lost(socket: Socket, reason: string): void {
    if (this.#socket === socket) this.#fail(reason)
  }

  #fail(reason: string): void {
    this.#socket?.destroy()
    this.#socket = undefined
    this.#finish(reason)
  }

  #finish(outcome: Outcome): void {
    const done = this.#done
    this.#done = undefined
    this.#head = ''
    this.#status = 0
    done?.(outcome)
  }
}
