// With SASL asked for, nothing goes on without it: the library would end the negotiation after a failure and register anyway.
import { FatalError } from '../../core/errors.ts'
import { excerpt } from '../../core/printable.ts'
import { type IrcMessage, trailing } from './message.ts'

/** Watches what both sides say until the server has said that the login has succeeded. */
export class SaslGuard {
  readonly #source: string
  readonly #send: (line: string) => void
  readonly #held = new Map<'USER' | 'CAP END', string>()
  #offered = false
  #granted = false
  #loggedIn = false

  constructor(source: string, send: (line: string) => void) {
    this.#source = source
    this.#send = send
  }

  /**
   * USER waits until the server has granted SASL, so that no server without it registers us; CAP END, which lets a registration
   * go on, waits for the success.
   */
  sending(line: string): string | undefined {
    if (line.startsWith('USER ') && !this.#granted) {
      this.#held.set('USER', line)
      return undefined
    }
    if (line === 'CAP END' && !this.#loggedIn) {
      this.#held.set('CAP END', line)
      return undefined
    }
    return line
  }

  /** Why the login has to end, if it has to. */
  failure(message: IrcMessage): Error | undefined {
    const { command, params } = message
    const { username, words } = { username: `${this.#source}_sasl_username`, words: excerpt(trailing(message), 200) }
    const check = `check ${username} and ${this.#source}_sasl_password`
    switch (command) {
      case 'CAP':
        return this.#capabilities(params)
      case '421':
      case '451':
      case '410':
        return this.#offered ? undefined : this.#withoutSasl('the server knows no capabilities, and so no SASL')
      case '001':
        return this.#loggedIn ? undefined : this.#withoutSasl('the server let us in without SASL')
      case '902':
      case '904':
      case '905':
        return new FatalError(`the server refused the login (${words}); ${check}`)
      case '906':
        return new Error(`the login was broken off (${words})`)
      case '908':
        return new FatalError(
          `the server takes no password by SASL, only ${excerpt(params[1] ?? words)}; it must allow PLAIN`,
        )
      default:
        return undefined
    }
  }

  /** After `failure`, and before the library reads it. */
  received({ command, params }: IrcMessage): void {
    if (command === 'CAP' && params[1] === 'ACK' && names(params).includes('sasl')) {
      this.#granted = true
      this.#release('USER')
    } else if (command === '903') {
      this.#loggedIn = true
      this.#release('CAP END')
    }
  }

  #capabilities(params: readonly string[]): Error | undefined {
    const kind = params[1]
    const listed = names(params)
    if (kind === 'LS') {
      const sasl = listed.find((name) => name === 'sasl' || name.startsWith('sasl='))
      if (sasl !== undefined) this.#offered = true
      const mechanisms = sasl?.slice('sasl='.length).toUpperCase().split(',') ?? []
      if (sasl?.startsWith('sasl=') === true && !mechanisms.includes('PLAIN')) {
        return new FatalError(
          `the server takes no password by SASL, only ${excerpt(mechanisms.join(', '))}; it must allow PLAIN`,
        )
      }
      const isLast = params[2] !== '*'
      if (isLast && !this.#offered) return this.#withoutSasl('the server offers no SASL; its services may be away')
    }
    if (kind === 'NAK' && listed.includes('sasl')) return this.#withoutSasl('the server refuses SASL')
    if (kind === 'DEL' && listed.includes('sasl') && !this.#loggedIn)
      return this.#withoutSasl('the server took SASL back')
    return undefined
  }

  #withoutSasl(words: string): Error {
    return new Error(`${words}; nothing goes on without it while ${this.#source}_sasl_username is set`)
  }

  #release(what: 'USER' | 'CAP END'): void {
    const line = this.#held.get(what)
    this.#held.delete(what)
    if (line !== undefined) this.#send(line)
  }
}

function names(params: readonly string[]): string[] {
  return (params.at(-1) ?? '').split(' ').map((name) => name.replace(/^[-~=]+/, '').toLowerCase())
}
