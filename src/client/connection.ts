// How requests reach the daemon: address, token, time limit, and what an answer means.
import { problemOf } from './documents.ts'
import { asError, ProblemError, UnreachableError } from './errors.ts'
import { readerOf, readText } from './read-text.ts'
import { pageAddress, type Surroundings, surroundings } from './surroundings.ts'
import { bearer, ownerOf, type TokenProvider } from './tokens.ts'

/** What a client has to know of the daemon. */
export interface ClientOptions {
  /** Where the daemon answers; a path (behind a proxy, say) is kept. In a page it may be relative. */
  readonly url: string
  /** Asked for a token of the user who asks, at every request. */
  readonly token: TokenProvider
  /** How long a request may take, in milliseconds (default 10,000). */
  readonly timeout?: number
  /** Told why what is observed (`observe`, `<presence-dot>`) has no connection at the moment; it is regained by itself. */
  readonly onError?: (error: Error) => void
  /** The network, the time and chance, for tests. */
  readonly surroundings?: Partial<Surroundings>
}

export interface Request {
  readonly method: string
  /** Relative to the address. */
  readonly path: string
  readonly body?: unknown
  /** More than the usual bound for the answer, in bytes. */
  readonly limit?: number
}

const TIMEOUT = 10_000

export class Connection {
  /** Ends with a slash. */
  readonly base: string
  readonly surroundings: Surroundings
  readonly onError: (error: Error) => void
  readonly #provider: TokenProvider
  readonly #timeout: number
  #token: string | undefined
  /** Told whose token it is, whenever one was given: a page may go on for somebody else who has signed in. */
  onOwner: (owner: string) => void = () => undefined

  /** Throws TypeError when the URL is none. */
  constructor(options: ClientOptions) {
    const { href } = new URL(options.url, pageAddress())
    this.base = href.endsWith('/') ? href : `${href}/`
    this.#provider = options.token
    this.#timeout = options.timeout ?? TIMEOUT
    this.surroundings = surroundings(options.surroundings)
    this.onError = options.onError ?? (() => undefined)
  }

  /** The JSON value of the answer, undefined when there is none. Rejects with ProblemError, UnreachableError, or as the token provider did. */
  async request(request: Request): Promise<unknown> {
    const token = await this.token(false)
    let answer = await this.#exchange(request, token)
    if (answer.status === 401) {
      const other = await this.token(true)
      if (other !== token) answer = await this.#exchange(request, other)
    }
    if (answer.status < 200 || answer.status > 299) throw refusal(answer, answer.body)
    return answer.body
  }

  /** Asks with the last token and for no answer, also when the page is closing; for a good bye. Never throws. */
  farewell(method: string, path: string): void {
    if (this.#token === undefined) return
    const init = this.#init({ method, path }, this.#token)
    this.surroundings.fetch(`${this.base}${path}`, { ...init, keepalive: true }).catch(() => undefined)
  }

  /** Opens an answer without an end. The time limit counts until it begins; the signal ends it at any time. */
  async open(request: Request, headers: Readonly<Record<string, string>>, signal: AbortSignal, fresh: boolean) {
    const token = await this.token(fresh)
    const limit = this.#limited(signal)
    try {
      const init = this.#init(request, token)
      const response = await this.surroundings.fetch(`${this.base}${request.path}`, {
        ...init,
        headers: { ...init.headers, ...headers },
        signal: limit.signal,
      })
      if (response.status !== 200) throw refusal(head(response), parse(await readText(response, limit.signal)))
      if (!/^text\/event-stream(;|$)/i.test(response.headers.get('content-type') ?? '') || response.body === null) {
        limit.abort(undefined)
        throw new UnreachableError(`What answers at ${this.base} is no presence daemon.`)
      }
      return readerOf(response.body, limit.signal)
    } catch (error) {
      throw this.#unreachable(error)
    } finally {
      limit.disarm()
    }
  }

  /** A token of the provider. */
  async token(fresh: boolean): Promise<string> {
    const token = await this.#provider({ fresh })
    this.#token = token
    this.onOwner(ownerOf(token) ?? '')
    return token
  }

  async #exchange(request: Request, token: string): Promise<Answer> {
    const limit = this.#limited()
    try {
      const init = { ...this.#init(request, token), signal: limit.signal }
      const response = await this.surroundings.fetch(`${this.base}${request.path}`, init)
      return { ...head(response), body: parse(await readText(response, limit.signal, request.limit)) }
    } catch (error) {
      throw this.#unreachable(error)
    } finally {
      limit.disarm()
    }
  }

  #init({ method, body }: Request, token: string) {
    const headers: Record<string, string> = { authorization: bearer(token) }
    if (body !== undefined) headers['content-type'] = 'application/json'
    return {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // Whoever has the token may ask for it again elsewhere, so it goes nowhere but here.
      redirect: 'error',
      credentials: 'omit',
      cache: 'no-store',
    } as const
  }

  /** A signal for a request: that of the caller, or the end of the time limit. */
  #limited(caller?: AbortSignal) {
    const controller = new AbortController()
    const abort = (reason: unknown) => controller.abort(reason)
    const follow = () => abort(caller?.reason)
    if (caller?.aborted) follow()
    caller?.addEventListener('abort', follow, { once: true })
    const late = () => abort(new Error(`there was no answer within ${this.#timeout} ms`))
    const disarm = this.surroundings.after(this.#timeout, late)
    return { signal: controller.signal, abort, disarm }
  }

  #unreachable(error: unknown): Error {
    if (error instanceof ProblemError || error instanceof UnreachableError) return error
    return new UnreachableError(`No answer from ${this.base}`, { cause: asError(error) })
  }
}

interface Head {
  readonly status: number
  /** In seconds. */
  readonly retryAfter: number | undefined
}

interface Answer extends Head {
  readonly body: unknown
}

function head({ status, headers }: Response): Head {
  const asked = headers.get('retry-after') ?? ''
  return { status, retryAfter: /^\d{1,9}$/.test(asked) ? Number(asked) : undefined }
}

function refusal({ status, retryAfter }: Head, body: unknown): ProblemError {
  return new ProblemError(problemOf(status, body), retryAfter)
}

/** The JSON value of a text; undefined when it is none, as an empty body is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
