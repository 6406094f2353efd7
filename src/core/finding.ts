// What a diagnosis has found: a sentence, and which line of presence.cfg is to be changed.

/** One finding, for whoever asks `kopano-presence doctor`. */
export interface Finding {
  /** Whether it is as it should be, should be looked at, or does not work. */
  readonly level: 'ok' | 'warning' | 'error'
  /** What is, and where it is wrong, what to do about it. Never a secret. */
  readonly text: string
  /** The option that this is about: of a plugin under its name in the schema. Absent when nothing in presence.cfg is to be changed. */
  readonly option?: string
}

/** Takes what is found, as soon as it is. */
export type Tell = (finding: Finding) => void

/** So many names are told; the rest is counted. */
const NAMED = 10

/** `a, b and 3 more`. */
export function someOf(names: readonly string[]): string {
  const more = names.length - NAMED
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
