// The scripted Asterisk's end of one connection: who is logged in there, and in what pieces its bytes leave.
import type { Socket } from 'node:net'
import { wire } from './asterisk-transcripts.ts'

/** A message without its line ends. */
export type Lines = readonly string[]

/** In what pieces the server's bytes leave it. */
export type Split = 'whole' | 'bytes' | 'random'

export class Link {
  readonly socket: Socket
  challenge = ''
  classes: ReadonlySet<string> = new Set()
  writes: ReadonlySet<string> = new Set()
  filters: readonly RegExp[] = []
  act: (lines: Lines) => void = () => {}
  readonly #split: Split
  #received = ''
  /** One chain keeps the order of the pieces. */
  #last = Promise.resolve()

  constructor(socket: Socket, split: Split) {
    this.socket = socket
    this.#split = split
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (text: string) => {
      const blocks = (this.#received + text).split('\r\n\r\n')
      this.#received = blocks.pop() ?? ''
      for (const block of blocks) this.act(block.split('\r\n'))
    })
  }

  /** An event that the user may see. */
  event(kind: string, block: Lines): void {
    if (!this.classes.has(kind)) return
    const text = block.join('\r\n')
    if (this.filters.length > 0 && !this.filters.some((filter) => filter.test(text))) return
    this.send(block)
  }

  send(block: Lines): void {
    this.write(wire(block))
  }

  write(bytes: Buffer): void {
    if (this.#split === 'whole') {
      this.socket.write(bytes)
      return
    }
    const pieces: Buffer[] = []
    for (let start = 0; start < bytes.length; ) {
      const length = this.#split === 'bytes' ? 1 : 1 + Math.floor(Math.random() * 20)
      pieces.push(bytes.subarray(start, start + length))
      start += length
    }
    this.#last = this.#last.then(async () => {
      for (const piece of pieces) {
        if (this.socket.destroyed) return
        this.socket.write(piece)
        // A turn of the loop between two pieces makes them arrive as chunks of their own.
        await new Promise((resolve) => setImmediate(resolve))
      }
    })
  }

  /** Sends what waits, and the end. */
  async end(): Promise<void> {
    await this.#last
    if (!this.socket.destroyed) await new Promise<void>((resolve) => this.socket.end(resolve))
  }
}
