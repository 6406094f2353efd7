// From bytes to lines, for any split of the bytes: bounded, and lenient with text that is not UTF-8 (pure).

/** Where nobody says otherwise, in bytes: the tags (8,191) and the line (512) of IRCv3, and room for servers that take more. */
export const LINE_LIMIT = 16 * 1024

/** A line is longer than the limit. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong'
}

const NEWLINE = 0x0a

export class LineReader {
  readonly #limit: number
  #rest = Buffer.alloc(0)

  /** How long a line may be, in bytes without its end. */
  constructor(limit = LINE_LIMIT) {
    this.#limit = limit
  }

  /** The lines that are complete now, without their ends. Throws LineTooLong. */
  read(chunk: Buffer): string[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const lines: string[] = []
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      if (end - start > this.#limit) throw this.#tooLong()
      lines.push(decode(bytes.subarray(start, end)))
      start = end + 1
    }
    const rest = bytes.subarray(start)
    if (rest.length > this.#limit) throw this.#tooLong()
    // A copy: the chunk may be part of something large.
    this.#rest = Buffer.from(rest)
    return lines
  }

  #tooLong(): LineTooLong {
    return new LineTooLong(`a line is longer than ${this.#limit} bytes`)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const latin1 = new TextDecoder('latin1')

/** Most clients write UTF-8; whoever doesn't most likely has Latin-1. */
function decode(bytes: Buffer): string {
  const line = bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes
  try {
    return utf8.decode(line)
  } catch {
    return latin1.decode(line)
  }
}
