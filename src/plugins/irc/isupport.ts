// What the server says of itself in ISUPPORT, the lines with the number 005 (pure).
import type { CaseMapping } from './casemapping.ts'

/** The prefixes of members in a list of names, when the server doesn't say. */
const USUAL_PREFIXES = '~&@%+'

export class ServerFeatures {
  readonly #tokens = new Map<string, string>()

  /** Takes the parameters of one line: the first is the own nick, the last a sentence. */
  read(params: readonly string[]): void {
    for (const token of params.slice(1, -1)) {
      const equals = token.indexOf('=')
      const name = (equals === -1 ? token : token.slice(0, equals)).toUpperCase()
      if (name.startsWith('-')) this.#tokens.delete(name.slice(1))
      else this.#tokens.set(name, equals === -1 ? '' : token.slice(equals + 1))
    }
  }

  /** RFC 1459's own without a word of it. */
  get caseMapping(): CaseMapping {
    const mapping = this.#tokens.get('CASEMAPPING')?.toLowerCase() ?? 'rfc1459'
    return mapping === 'rfc1459' || mapping === 'strict-rfc1459' ? mapping : 'ascii'
  }

  /** How many nicks MONITOR takes: 0 without MONITOR, Infinity without a limit. */
  get monitor(): number {
    const limit = this.#tokens.get('MONITOR')
    if (limit === undefined) return 0
    return /^[1-9]\d{0,8}$/.test(limit) ? Number(limit) : Number.POSITIVE_INFINITY
  }

  /** The longest nick; Infinity when the server doesn't say. */
  get nickLength(): number {
    const length = this.#tokens.get('NICKLEN') ?? ''
    return /^[1-9]\d{0,4}$/.test(length) ? Number(length) : Number.POSITIVE_INFINITY
  }

  /** Whether WHO can be asked for single fields, accounts among them. */
  get whox(): boolean {
    return this.#tokens.has('WHOX')
  }

  /** The characters that may stand before a member's nick in a list of names. */
  get memberPrefixes(): string {
    const prefix = /^\([^)]*\)(.*)$/.exec(this.#tokens.get('PREFIX') ?? '')
    return prefix?.[1] ?? USUAL_PREFIXES
  }

  /** The network's name, if it tells. */
  get network(): string | undefined {
    return this.#tokens.get('NETWORK')
  }
}
