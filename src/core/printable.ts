// Text from elsewhere, made harmless for terminals, logs and error messages.

// Control characters (also the C1 ones), line and paragraph separators, and everything that turns or hides text:
// bidi marks, embeddings, overrides and isolates, zero-width and other format characters, and lone surrogates.
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Joins that emoji and several scripts need; they can't turn text around. */
const WANTED = new Set(['\u200c', '\u200d'])

/** The text with every character that could act on a terminal or turn the reading order replaced by U+FFFD. */
export function printable(text: string): string {
  return text.replace(HARMFUL, (character) => (WANTED.has(character) ? character : '\ufffd'))
}

/** JSON that means the same, with such characters as \u escapes. They can only stand inside strings, where that is allowed. */
export function printableJson(json: string): string {
  return json.replace(HARMFUL, (character) => {
    if (WANTED.has(character) || character === '\n') return character
    // JSON's escapes name UTF-16 units; some of these characters have two.
    return character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('')
  })
}

/** A short printable form of a value, for an error message. */
export function excerpt(text: string, limit = 80): string {
  // A code point has at most two units, so the slice holds enough of them and a huge value costs nothing.
  const points = [...text.slice(0, 2 * limit + 2)]
  return printable(points.length > limit ? `${points.slice(0, limit).join('')}…` : text)
}
