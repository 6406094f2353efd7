// The users of a soak, their tokens, and who among them measures how soon a change is told.
import { createToken } from '../../src/core/tokens.ts'
import { SECRET } from '../support/servers.ts'

export const DOMAINS = 20
/** They publish the time at which they do, and nothing else. */
export const PROBES = 10
/** Tokens are made anew after so many milliseconds: less than `server_token_expire`. */
const FRESH = 200_000

export const userOf = (number: number): string => `user${number}@d${number % DOMAINS}.example`
export const probeOf = (number: number): string => `probe${number}@probes.example`

/** Tokens of many users, each made once in a while; `age` makes one that has lived for so many seconds. */
export class Tokens {
  readonly #known = new Map<string, { readonly token: string; readonly made: number }>()

  of(user: string): string {
    const known = this.#known.get(user)
    if (known !== undefined && Date.now() - known.made < FRESH) return known.token
    const token = tokenOf(user, 0)
    this.#known.set(user, { token, made: Date.now() })
    return token
  }
}

export function tokenOf(user: string, age: number): string {
  return createToken(SECRET, user, Math.floor(Date.now() / 1000) - age)
}

/** Adds one of at most so many: chance decides which are kept, so that they stand for all. */
export function sample(kept: number[], count: number, value: number, most = 5_000): void {
  if (kept.length < most) kept.push(value)
  else if (Math.random() < most / count) kept[Math.floor(Math.random() * most)] = value
}
