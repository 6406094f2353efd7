// Bytes into messages, however the network has cut them, within bounds (pure).
import { type AmiMessage, decodeLine, readMessage } from './message.ts'

/** The longest line where nobody says otherwise, in bytes; the longest that Asterisk writes are a few kilobytes. */
export const LINE_LIMIT = 65_536
/** The most lines of one message. */
export const LINES_LIMIT = 1_000
/** The most that may be kept of a message that is not complete, in bytes. */
export const PENDING_LIMIT = 1_048_576

/** The other side sends what no manager interface does. */
export class AmiSyntaxError extends Error {
  override readonly name = 'AmiSyntaxError'
}

const LF = 0x0a
const CR = 0x0d

export class AmiParser {
  readonly #lineLimit: number
  #banner: string | undefined
  /** The beginning of a line whose end has not come yet. */
  #pieces: Buffer[] = []
  #pieceBytes = 0
  #lastByte = 0
  #lines: string[] = []
  #lineBytes = 0

  /** How long a line may be, in bytes. */
  constructor(lineLimit = LINE_LIMIT) {
    this.#lineLimit = lineLimit
  }

  /** The very first line, which stands alone; undefined until it is there. */
  get banner(): string | undefined {
    return this.#banner
  }

  /** What is kept of the message that is not complete, in bytes. */
  get pending(): number {
    return this.#pieceBytes + this.#lineBytes
  }

  /** The messages that are complete now. Throws an AmiSyntaxError at a bound; nothing more may be pushed then. */
  push(chunk: Buffer): AmiMessage[] {
    const messages: AmiMessage[] = []
    let start = 0
    // Only CR LF ends a line: a lone LF is part of somebody's text.
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, end + 1)) {
      const before = end > 0 ? chunk[end - 1] : this.#lastByte
      if (before !== CR) continue
      const message = this.#line(this.#join(chunk.subarray(start, end)))
      if (message !== undefined) messages.push(message)
      start = end + 1
    }
    this.#keep(chunk.subarray(start))
    this.#lastByte = chunk.at(-1) ?? this.#lastByte
    return messages
  }

  /** The whole line without its CR. */
  #join(end: Buffer): Buffer {
    const line = this.#pieces.length === 0 ? end : Buffer.concat([...this.#pieces, end])
    this.#pieces = []
    this.#pieceBytes = 0
    if (line.length > this.#lineLimit) throw tooLong('a line', this.#lineLimit, 'bytes')
    return line.subarray(0, -1)
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0) return
    // A copy, so that a few bytes don't hold the whole chunk in memory.
    this.#pieces.push(Buffer.from(rest))
    this.#pieceBytes += rest.length
    if (this.#pieceBytes > this.#lineLimit) throw tooLong('a line', this.#lineLimit, 'bytes')
    if (this.pending > PENDING_LIMIT) throw tooLong('a message', PENDING_LIMIT, 'bytes')
  }

  #line(bytes: Buffer): AmiMessage | undefined {
    if (this.#banner === undefined) {
      this.#banner = decodeLine(bytes)
      return undefined
    }
    if (bytes.length > 0) {
      this.#lines.push(decodeLine(bytes))
      this.#lineBytes += bytes.length
      if (this.#lines.length > LINES_LIMIT) throw tooLong('a message', LINES_LIMIT, 'lines')
      if (this.#lineBytes > PENDING_LIMIT) throw tooLong('a message', PENDING_LIMIT, 'bytes')
      return undefined
    }
    const lines = this.#lines
    this.#lines = []
    this.#lineBytes = 0
    return lines.length === 0 ? undefined : readMessage(lines)
  }
}

function tooLong(what: string, limit: number, unit: string): AmiSyntaxError {
  return new AmiSyntaxError(`the server sent ${what} of more than ${limit} ${unit}`)
}
