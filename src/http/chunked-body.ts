// The body of an endless answer: each piece leaves as one chunk in one write, of which Node.js would make four.
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export class ChunkedBody {
  readonly #response: ServerResponse
  readonly #drained: () => void
  /** The one that is listened to. */
  #socket: Socket | undefined

  /** The headers must have been sent. Calls back when the reader has taken what was too much for `write`. */
  constructor(response: ServerResponse, drained: () => void) {
    this.#response = response
    this.#drained = drained
    response.on('drain', drained)
    response.once('close', () => this.#socket?.off('drain', drained))
  }

  /** Whether the reader has to take something before more is written. */
  get isFull(): boolean {
    return this.#response.writableNeedDrain || (this.#socket?.writableNeedDrain ?? false)
  }

  /** Returns whether more may be written at once. */
  write(text: string): boolean {
    const { socket, chunkedEncoding } = this.#response
    // HTTP/1.0 knows no chunks (RFC 9112, section 7.1), and there is no socket yet while an earlier request waits for its answer.
    if (socket === null || !chunkedEncoding) return this.#response.write(text)
    if (this.#socket === undefined) {
      this.#socket = socket
      socket.on('drain', this.#drained)
    }
    return socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
  }
}
