// Problem details: every refusal as RFC 9457 says, with a sentence for the person who has to do something about it.
import { STATUS_CODES } from 'node:http'
import type { FastifyReply } from 'fastify'

export const PROBLEM_TYPE = 'application/problem+json'

/** What every answer says about keeping it: presence is personal, and old in a second. */
export const CACHE_CONTROL = 'private, no-store'

export interface ProblemExtras {
  /** The culprit in the body, as a JSON pointer (RFC 6901). */
  readonly pointer?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Further members of the body (RFC 9457, section 3.2). */
  readonly members?: Readonly<Record<string, unknown>>
}

/** A request that is refused; the detail is for the client and must not contain a secret. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly pointer: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly #members: Readonly<Record<string, unknown>>

  constructor(status: number, detail: string, extras: ProblemExtras = {}) {
    super(detail)
    this.status = status
    this.pointer = extras.pointer
    this.headers = extras.headers ?? {}
    this.#members = extras.members ?? {}
  }

  /** The same with further members. */
  with(members: Readonly<Record<string, unknown>>): Problem {
    const { status, message, headers, pointer } = this
    return new Problem(status, message, {
      ...(pointer !== undefined && { pointer }),
      ...{ headers, members: { ...this.#members, ...members } },
    })
  }

  /** The body. Its type is `about:blank`: the status alone says what kind of problem it is (RFC 9457, section 4.2.1). */
  json(): string {
    const members = {
      type: 'about:blank',
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      ...this.#members,
    }
    return JSON.stringify(this.pointer === undefined ? members : { ...members, pointer: this.pointer })
  }
}

/** Also for whoever may not know that there is something. */
export function notFound(): Problem {
  return new Problem(404, 'There is nothing at this path.')
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return (
    reply
      .code(problem.status)
      .headers({ ...problem.headers, 'content-type': PROBLEM_TYPE, 'cache-control': CACHE_CONTROL })
      // As bytes: fastify would add a charset to the type of a string, which this type has not.
      .send(Buffer.from(problem.json()))
  )
}

/** A JSON pointer of these steps (RFC 6901, section 3). A step of unreasonable length ends it: the culprit's parent will do. */
export function pointer(...steps: readonly (string | number)[]): string {
  let text = ''
  for (const step of steps) {
    const name = String(step)
    if (name.length > 1024) break
    text += `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
  }
  return text
}
