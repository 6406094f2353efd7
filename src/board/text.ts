// Text of people, made harmless to show and easy to find.

// Control characters, separators of lines, everything that turns or hides text, and lone surrogates.
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
/** Joins that emoji and several scripts need; they can't turn text around. */
const WANTED = new Set(['\u200c', '\u200d'])
const MARKS = /\p{M}/gu
/** Letters that Unicode does not decompose, as people type them who don't have them. */
const PLAIN_LETTERS = new Map(
  Object.entries({ ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', æ: 'ae', œ: 'oe', ı: 'i' }),
)
const SPECIAL = new RegExp(`[${[...PLAIN_LETTERS.keys()].join('')}]`, 'g')

/** The text for a page: white space in one line, what could act or hide as U+FFFD, and no longer than the limit (code points). */
export function shown(text: string, limit = 10_000): string {
  // A code point has at most two units, so a huge text costs no more than its beginning.
  const start = text.slice(0, 2 * limit + 2)
  const line = start.replace(/[\t\n\r\u2028\u2029]+/gu, ' ')
  const harmless = line.replace(HARMFUL, (character) => (WANTED.has(character) ? character : '\ufffd'))
  if (start.length === text.length && harmless.length <= limit) return harmless
  const points = [...harmless]
  return points.length > limit || start.length < text.length ? `${points.slice(0, limit).join('')}…` : harmless
}

/** The form in which texts are compared in a search: no case, no accents, compatible forms as one. */
export function searchKey(text: string): string {
  if (/^[ -@[-~]*$/.test(text)) return text
  const plain = text.normalize('NFKD').replace(MARKS, '').toLowerCase()
  return plain.replace(SPECIAL, (letter) => PLAIN_LETTERS.get(letter) ?? letter)
}

/** What is searched for: every word has to be found somewhere. */
export function searchWords(text: string): readonly string[] {
  return searchKey(text.slice(0, 200))
    .split(/\s+/u)
    .filter((word) => word !== '')
}

/** The part before the last `@`, and the one after it; an id without one has no domain. */
export function accountAndDomain(userId: string): readonly [account: string, domain: string] {
  const at = userId.lastIndexOf('@')
  return at === -1 ? [userId, ''] : [userId.slice(0, at), userId.slice(at + 1)]
}

/** One or two letters that stand for a person: "anna.weber" is AW. */
export function initials(account: string): string {
  const letters = account
    .slice(0, 100)
    .split(/[^\p{L}\p{N}]+/u)
    .flatMap((part) => [...part].slice(0, 1))
  const chosen = letters.length > 2 ? [letters[0], letters.at(-1)] : letters
  return chosen.join('').toLocaleUpperCase('en') || '–'
}
