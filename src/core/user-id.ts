// User ids: the one place where they are checked and folded.

/** The longest user id, in code points. */
export const USER_ID_LIMIT = 1024

/**
 * More combining marks in a row no writing needs (UAX 15, section 13: the Stream-Safe Text Format), and to put very many in order takes a time
 * that grows with the square of their number.
 */
const TOO_MANY_MARKS = /\p{M}{31}/u

/**
 * The form under which a user is looked up, given rights and watched: NFC, lower case, NFC again (lower case can
 * decompose); with more than 30 combining marks in a row lower case alone. Two ids are the same user exactly if their folded forms
 * are equal.
 */
export function foldUserId(userId: string): string {
  // Nearly all ids are lower-case ASCII already; those need no copy.
  if (/^[!-@[-~]*$/.test(userId)) return userId
  if (TOO_MANY_MARKS.test(userId)) return userId.toLowerCase()
  return userId.normalize('NFC').toLowerCase().normalize('NFC')
}

/** What is wrong with a user id, as the end of a sentence that begins with its name; undefined when nothing is. */
export function userIdMistake(userId: unknown): string | undefined {
  if (typeof userId !== 'string') return 'must be a string'
  if (userId === '') return 'must not be empty'
  // Nearly all ids are printable ASCII; in those nothing else can be wrong.
  if (userId.length <= USER_ID_LIMIT && /^[!-~]+$/.test(userId)) return undefined
  if (!userId.isWellFormed()) return 'must not contain lone surrogates'
  // A code point is at most two UTF-16 units, so the cheap test decides nearly always.
  if (userId.length > USER_ID_LIMIT && [...userId].length > USER_ID_LIMIT) {
    return `must not be longer than ${USER_ID_LIMIT} code points`
  }
  if (TOO_MANY_MARKS.test(userId)) return 'must not have more than 30 combining marks in a row'
  return undefined
}
