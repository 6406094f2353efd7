// The shape of presence.cfg and of the user map: lines, comments and `key = value`, nothing of their meaning.

/** A line that is neither empty nor a comment. */
export interface TextLine {
  /** Counted from 1. */
  readonly number: number
  /** Without the white space around it. */
  readonly text: string
}

export interface TextFile {
  readonly lines: readonly TextLine[]
  /** The numbers of the lines that are not UTF-8; they are not among the lines. */
  readonly undecodable: readonly number[]
}

/** One `key = value`. */
export interface Setting {
  readonly line: number
  readonly key: string
  /** Verbatim between the white space around it: quotes and `#` belong to it, since a password may hold them. */
  readonly value: string
}

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

/**
 * The lines of a file. They end with LF, CR or CRLF; a byte order mark is passed over. A comment is a line whose first character
 * after white space is `#`; it may hold bytes that are not UTF-8, because many an old file was written in Latin-1.
 */
export function readLines(content: Uint8Array): TextFile {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const lines: TextLine[] = []
  const undecodable: number[] = []
  let number = 0
  for (const bytes of splitLines(content)) {
    number += 1
    const text = decode(decoder, bytes)
    if (text === undefined) {
      if (!isComment(new TextDecoder('latin1').decode(bytes))) undecodable.push(number)
    } else if (text.trim() !== '' && !isComment(text)) {
      lines.push({ number, text: text.trim() })
    }
  }
  return { lines, undecodable }
}

function isComment(text: string): boolean {
  return text.trimStart().startsWith('#')
}

function decode(decoder: { decode(bytes: Uint8Array): string }, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

function* splitLines(content: Uint8Array): Generator<Uint8Array> {
  let start = 0
  for (let at = 0; at < content.length; at += 1) {
    if (content[at] !== NEWLINE && content[at] !== CARRIAGE_RETURN) continue
    yield content.subarray(start, at)
    if (content[at] === CARRIAGE_RETURN && content[at + 1] === NEWLINE) at += 1
    start = at + 1
  }
  if (start < content.length) yield content.subarray(start)
}

/** Splits a line at its first `=`; undefined when there is none, or nothing before it. */
export function readSetting(line: TextLine): Setting | undefined {
  const equals = line.text.indexOf('=')
  if (equals <= 0) return undefined
  return {
    line: line.number,
    key: line.text.slice(0, equals).trimEnd(),
    value: line.text.slice(equals + 1).trimStart(),
  }
}
