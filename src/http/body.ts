// Bodies: reads them within a bound, and turns their bytes into a JSON object or a reason why not.
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { Problem } from './problem.ts'

/** The largest body, in bytes. */
export const BODY_LIMIT = 4 * 1024 * 1024

/** So much of a body that is too large is still read and thrown away, in bytes, so that its sender lives to see the answer. */
const DRAIN_LIMIT = 64 * 1024 * 1024

/** An object of a body. Its keys come from outside: look up only names written in the code, or walk it with Object.entries. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Reads a whole body, whatever its Content-Type says. Rejects with a 413 when it is too large, and when the client goes away. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const declared = Number(request.headers['content-length'] ?? 0)
    if (declared > DRAIN_LIMIT) return reject(tooLarge())
    let chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > DRAIN_LIMIT) reject(tooLarge())
      else if (size <= BODY_LIMIT) chunks.push(chunk)
      else chunks = []
    })
    request.once('end', () => {
      if (size > BODY_LIMIT) reject(tooLarge())
      else resolve(Buffer.concat(chunks))
    })
    request.once('error', () => reject(new Problem(400, 'The body was cut off before its end.')))
  })
}

function tooLarge(): Problem {
  return new Problem(413, `The body is larger than ${BODY_LIMIT / 1024 / 1024} MiB; send it in several requests.`)
}

/**
 * The JSON object that a body holds (RFC 8259). The problems say nothing of what is in it: nobody has shown a token yet.
 * A byte order mark is passed over. Of equal names in one object the last counts.
 */
export function parseBody(body: unknown): JsonObject {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new Problem(400, 'The request has no body; send a JSON object in it, also with GET.')
  }
  if (!isUtf8(body)) throw new Problem(400, 'The body is not UTF-8; encode it so.')
  const text = body.toString()
  const value = parseJson(text.startsWith('\uFEFF') ? text.slice(1) : text)
  if (!isObject(value)) throw new Problem(400, 'The body is JSON, but not an object: it must begin with "{".')
  // Only an escape can bring in a surrogate, since the bytes were UTF-8.
  if (/\\u[dD][89a-fA-F]/.test(text) && hasLoneSurrogate(value)) {
    throw new Problem(400, 'A string in the body has a lone surrogate (half of a \\u pair); send whole characters.')
  }
  return value
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem(400, 'The body is not JSON; check quotes, commas and brackets.')
  }
}

/** Looks at every name and string; without recursion, since nesting is bounded by the body's size alone. */
function hasLoneSurrogate(root: unknown): boolean {
  const waiting: unknown[] = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string') {
      if (!value.isWellFormed()) return true
    } else if (Array.isArray(value)) {
      for (const item of value) waiting.push(item)
    } else if (isObject(value)) {
      for (const [name, item] of Object.entries(value)) waiting.push(name, item)
    }
  }
  return false
}
