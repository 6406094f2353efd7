// One copy of the messages that many users have in common.
import { BoundedCache } from './bounded-cache.ts'

/** How many are known, and the longest of them in UTF-16 units: longer ones are hardly ever the same. */
const LIMIT = 5_000
const LENGTH = 128

export class SharedTexts {
  readonly #known = new BoundedCache<string, string>(LIMIT)

  /** The same text, and if it was given before, most likely the same string. */
  of(text: string): string {
    if (text.length > LENGTH) return text
    const known = this.#known.get(text)
    if (known !== undefined) return known
    this.#known.set(text, text)
    return text
  }
}
