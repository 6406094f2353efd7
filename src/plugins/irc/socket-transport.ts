// The library's transport over an open socket of ours: bounded lines, lenient text, and a say in what is sent.
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { Transport } from './library.ts'
import { LineReader } from './lines.ts'

export interface TransportOwner {
  /** What is sent instead of a line that the library wants to send: the same one, another one, or nothing. */
  sending(line: string): string | undefined
  /** Something came, be it part of a line. */
  heard(): void
  fail(reason: Error): void
}

/** The longest line of ours, in bytes without its end (RFC 2812, section 2.3). */
const LONGEST = 510

/** Lines from the server may have so many bytes; without a number as many as the reader has. */
export function transportOver(socket: Socket, owner: TransportOwner, lineLimit?: number): new () => Transport {
  return class extends EventEmitter implements Transport {
    readonly #lines = new LineReader(lineLimit)

    connect(): void {
      socket.on('data', (chunk: Buffer) => this.#read(chunk))
      socket.once('close', () => owner.fail(new Error('the connection was closed')))
      queueMicrotask(() => this.emit('open'))
    }

    writeLine(line: string, done?: () => void): void {
      const sent = owner.sending(line)
      if (sent !== undefined) this.#write(sent)
      if (done !== undefined) queueMicrotask(done)
    }

    close(): void {
      socket.destroy()
    }

    disposeSocket(): void {
      socket.destroy()
    }

    /** The encoding is not the library's business. */
    setEncoding(): boolean {
      return true
    }

    #write(line: string): void {
      // A line end inside would be a command of somebody else's making.
      if (/[\r\n\0]/.test(line)) owner.fail(new Error('a line with a line end in it was not sent'))
      else if (Buffer.byteLength(line) > LONGEST) owner.fail(new Error('a line that is too long was not sent'))
      else socket.write(`${line}\r\n`)
    }

    #read(chunk: Buffer): void {
      owner.heard()
      try {
        for (const line of this.#lines.read(chunk)) this.emit('line', line)
      } catch (error) {
        owner.fail(
          error instanceof Error
            ? new Error(`the server sent what can't be read: ${error.message}`)
            : new Error('unreadable'),
        )
      }
    }
  }
}
