// Bodies: reads them within a bound, and turns their bytes into a JSON object or a reason why not.
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { unavailable } from './failures.ts'
import { checkJsonBounds } from './json-bounds.ts'
import type { Limits } from './limits.ts'
import { Problem } from './problem.ts'

/** So much of a body that is too large is still read and thrown away, in bytes, so that its sender lives to see the answer. */
const DRAIN_LIMIT = 64 * 1024 * 1024

/** An object of a body. Its keys come from outside: look up only names written in the code, or walk it with Object.entries. */
export type JsonObject = Readonly<Record<string, unknown>>

/** So much of each body may come whatever others send, in bytes. */
const FREE = 64 * 1024

/** Reads bodies, each within a bound, and all that are under way together within another. */
export class BodyReader {
  readonly #limits: Pick<Limits, 'maxBody' | 'maxBodyMemory'>
  /** Bodies that were read by somebody else already, or what is to be said instead. */
  readonly #already = new WeakMap<IncomingMessage, unknown>()
  #used = 0

  constructor(limits: Pick<Limits, 'maxBody' | 'maxBodyMemory'>) {
    this.#limits = limits
  }

  /** Whoever reads the body of this request is given this one; anything but bytes is what the reading fails with. */
  readAlready(request: IncomingMessage, outcome: unknown): void {
    this.#already.set(request, outcome)
  }

  /** Reads a whole body, whatever its Content-Type says. Rejects with a 413 when it is too large, and when the client goes away. */
  read(request: IncomingMessage): Promise<Buffer> {
    const { maxBody, maxBodyMemory } = this.#limits
    const already = this.#already.get(request)
    if (Buffer.isBuffer(already)) return Promise.resolve(already)
    if (already !== undefined) return Promise.reject(already)
    return new Promise((resolve, reject) => {
      const declared = Number(request.headers['content-length'] ?? 0)
      if (declared > DRAIN_LIMIT) return reject(tooLarge(maxBody))
      let chunks: Buffer[] | undefined = []
      let size = 0
      let counted = 0
      const count = (bytes: number): void => {
        this.#used += bytes - counted
        counted = bytes
      }
      request.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > DRAIN_LIMIT) reject(tooLarge(maxBody))
        if (chunks === undefined) return
        count(Math.max(0, size - FREE))
        if (size <= maxBody && this.#used <= maxBodyMemory) chunks.push(chunk)
        else {
          chunks = undefined
          count(0)
        }
      })
      request.once('end', () => {
        if (size > maxBody) reject(tooLarge(maxBody))
        else if (chunks === undefined) reject(unavailable('Too many large bodies come at once; send it again soon.'))
        else resolve(Buffer.concat(chunks))
      })
      request.once('close', () => count(0))
      request.once('error', () => reject(new Problem(400, 'The body was cut off before its end.')))
    })
  }
}

function tooLarge(limit: number): Problem {
  return new Problem(413, `The body is larger than ${limit / 1024 / 1024} MiB; send it in several requests.`)
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
  checkJsonBounds(body)
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
