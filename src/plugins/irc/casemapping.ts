// Which nicks are the same: each server says in ISUPPORT how it folds case (pure).

/** What CASEMAPPING may say; whatever else a server has is treated as `ascii`. */
export type CaseMapping = 'ascii' | 'rfc1459' | 'strict-rfc1459'

/** RFC 1459, section 2.2: in Scandinavia these were letters. The strict form leaves `~` and `^` apart. */
const FOLDED: ReadonlyMap<string, string> = new Map([
  ['[', '{'],
  [']', '}'],
  ['\\', '|'],
  ['~', '^'],
])

/** The form under which a nick, an account or a channel is looked up. */
export function foldName(name: string, mapping: CaseMapping): string {
  // Only ASCII letters: servers fold bytes.
  const lower = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  if (mapping === 'ascii') return lower
  const brackets = mapping === 'rfc1459' ? /[[\]\\~]/g : /[[\]\\]/g
  return lower.replace(brackets, (character) => FOLDED.get(character) ?? character)
}
