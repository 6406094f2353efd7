// What somebody shows to be let in to the board: a token, a code, or the password; as JSON, or as a form of a host application.
import { type JsonObject, parseBody } from '../body.ts'
import { Problem, pointer } from '../problem.ts'

export type Credential =
  | { readonly kind: 'token' | 'code' | 'password'; readonly text: string }
  /** A token, sent by the browser itself, which then wants to see a page. */
  | { readonly kind: 'form'; readonly text: string }

const KINDS = ['token', 'code', 'password'] as const

/** The body counts and not what it is called: an object in JSON begins with a brace, a form with a name. */
export function readCredential(body: unknown): Credential {
  const token = Buffer.isBuffer(body) ? formField(body.toString()) : undefined
  if (token !== undefined) return { kind: 'form', text: token }
  return credentialOf(parseBody(body))
}

function formField(text: string): string | undefined {
  if (!/^[\w.-]+=/.test(text)) return undefined
  const token = new URLSearchParams(text.trimEnd()).get('token')
  if (token === null) throw new Problem(400, 'The form has no field "token".')
  return token
}

function credentialOf(body: JsonObject): Credential {
  const given = KINDS.filter((kind) => body[kind] !== undefined)
  const [kind] = given
  if (kind === undefined || given.length > 1) {
    throw new Problem(400, 'The body must have exactly one of token, code and password.')
  }
  const text = body[kind]
  if (typeof text !== 'string') throw new Problem(400, `The ${kind} must be a string.`, { pointer: pointer(kind) })
  return { kind, text }
}
