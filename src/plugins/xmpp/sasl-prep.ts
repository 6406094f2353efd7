// SASLprep (RFC 4013): the one form of a name or password that both sides hash.

// Table C.1.2 of RFC 3454, spaces that are not ASCII's, and table B.1, what is mapped to nothing.
const OTHER_SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/g

/**
 * Spaces of all kinds become one, invisible characters vanish, and compatibility forms are composed. What SASLprep prohibits is left
 * for the server to refuse.
 */
export function saslPrep(text: string): string {
  return /^[ -~]*$/.test(text) ? text : text.replace(OTHER_SPACES, ' ').replace(NOTHING, '').normalize('NFKC')
}
