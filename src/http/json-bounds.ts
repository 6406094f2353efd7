// How much work a JSON text may make before anybody has shown a token: a few megabytes of brackets would hold up everybody for seconds.
import { Problem } from './problem.ts'

/** What is asked for here has four levels. */
export const DEPTH_LIMIT = 64
/** Brackets, commas and colons outside of strings: more than twice what the largest batch has, with every section. */
export const STRUCTURE_LIMIT = 1_000_000

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b])
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d])

/** Throws a Problem for a text beyond these bounds. Whether it is JSON at all is seen by whoever parses it. */
export function checkJsonBounds(bytes: Uint8Array): void {
  let depth = 0
  let structure = 0
  let inString = false
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (inString) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) inString = false
      continue
    }
    if (byte === QUOTE) inString = true
    else if (byte === COMMA || byte === COLON) structure += 1
    else if (OPENING.has(byte)) {
      structure += 1
      depth += 1
      if (depth > DEPTH_LIMIT) throw new Problem(400, `The body is nested deeper than ${DEPTH_LIMIT} levels.`)
    } else if (CLOSING.has(byte)) depth -= 1
    else continue
    if (structure > STRUCTURE_LIMIT) {
      throw new Problem(413, `The body has more than ${STRUCTURE_LIMIT} brackets, commas and colons; send it in parts.`)
    }
  }
}
