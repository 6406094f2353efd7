// The session of this page: signing in and out, and the short tokens that the session buys.

/** Who is signed in. Without a user the board was opened by its password. */
export interface SignedIn {
  readonly userId: string | null
  readonly readOnly: boolean
}

/** What one can sign in with here. */
export interface SignInWays {
  readonly password: boolean
}

export type Credential = { readonly code: string } | { readonly password: string } | { readonly token: string }

export interface SessionOptions {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number
  /** The session is over, or was never there. */
  readonly onSignedOut: (ways: SignInWays) => void
  /** Somebody else has signed in, in another tab. */
  readonly onOther: () => void
}

/** The daemon has refused; the message is its sentence. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** There is no session (any more). */
export class SignedOut extends Refusal {}

/** A token is not used in the last seconds of its life: it might not live to be read. */
const MARGIN = 15_000

interface Bought {
  readonly token: string
  readonly until: number
}

export class Session {
  readonly #options: SessionOptions
  #bought: Bought | undefined
  #buying: Promise<string> | undefined
  #who: SignedIn | undefined

  constructor(options: SessionOptions) {
    this.#options = options
  }

  get who(): SignedIn | undefined {
    return this.#who
  }

  /** Begins a session. Rejects with Refusal, or as fetch does. */
  async signIn(credential: Credential): Promise<void> {
    const { status, body } = await this.#post('session', credential)
    if (status !== 200) throw new Refusal(sentence(status, body))
    this.#bought = undefined
    this.#who = undefined
    await this.token({ fresh: true })
  }

  async signOut(): Promise<void> {
    const { status, body } = await this.#post('sign-out')
    if (status > 299) throw new Refusal(sentence(status, body))
    this.#bought = undefined
  }

  /** A token that is valid now, for the client; several askers get one and the same. Rejects with Refusal when there is no session. */
  token({ fresh }: { readonly fresh: boolean }): Promise<string> {
    const bought = this.#bought
    if (!fresh && bought !== undefined && this.#options.now() < bought.until) return Promise.resolve(bought.token)
    this.#buying ??= this.#buy().finally(() => {
      this.#buying = undefined
    })
    return this.#buying
  }

  async #buy(): Promise<string> {
    const { status, body } = await this.#post('token')
    if (status === 401) {
      const ways = member(body, 'sign_in')
      this.#bought = undefined
      this.#who = undefined
      this.#options.onSignedOut({ password: member(ways, 'password') === true })
      throw new SignedOut(sentence(status, body))
    }
    const token = member(body, 'token')
    if (status !== 200 || typeof token !== 'string') throw new Refusal(sentence(status, body))
    const userId = member(body, 'user_id')
    const who = { userId: typeof userId === 'string' ? userId : null, readOnly: member(body, 'read_only') !== false }
    if (this.#who !== undefined && (this.#who.userId !== who.userId || this.#who.readOnly !== who.readOnly)) {
      this.#options.onOther()
    }
    this.#who = who
    const seconds = Number(member(body, 'expires_in')) || 0
    this.#bought = { token, until: this.#options.now() + seconds * 1000 - MARGIN }
    return token
  }

  async #post(path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
    const json =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const answer = await this.#options.fetch(path, {
      method: 'POST',
      credentials: 'same-origin',
      redirect: 'error',
      ...json,
    })
    const text = await answer.text()
    return { status: answer.status, body: parsed(text) }
  }
}

/** The one-time code of a link, from the part of an address behind `#`; undefined when there is none. */
export function codeOf(fragment: string): string | undefined {
  const code = new URLSearchParams(fragment.replace(/^#/, '')).get('code')
  return code === null || code === '' ? undefined : code
}

function sentence(status: number, body: unknown): string {
  const detail = member(body, 'detail')
  return typeof detail === 'string' ? detail : `The daemon answered with the status ${status}.`
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
