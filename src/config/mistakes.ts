// What an administrator is told when a file is wrong: every mistake, where it is, and what is allowed.
import { ConfigError } from '../core/errors.ts'
import { excerpt } from '../core/printable.ts'

/** A place in a file. */
export interface Place {
  readonly file: string
  /** Counted from 1; absent when the mistake is that something is missing. */
  readonly line?: number
}

export interface Mistake extends Place {
  /** The option's whole name. */
  readonly option?: string
  /** What the file says; never that of a secret. */
  readonly value?: string
  /** A sentence with what is allowed or what to do. */
  readonly text: string
}

/** The longest path in a sentence, and the longest sentence; both in code points. */
const PATH_LIMIT = 300
const SENTENCE_LIMIT = 1_000

/** So many mistakes are told in words; a file that is all wrong has no use for more. */
const TOLD = 100

/** Everything that is wrong, at once. */
export class ConfigurationError extends ConfigError {
  readonly mistakes: readonly Mistake[]
  /** What is odd beside the mistakes: sentences for the log. */
  readonly notes: readonly string[]

  constructor(mistakes: readonly Mistake[], notes: readonly string[] = []) {
    const told = mistakes.slice(0, TOLD).map((mistake) => sentence(describe(mistake)))
    if (mistakes.length > TOLD) told.push(`... and ${mistakes.length - TOLD} mistakes more`)
    super(told.join('\n'))
    this.mistakes = mistakes
    this.notes = notes.map(sentence)
  }
}

/** One line: place, option, value, what is allowed. */
function describe(mistake: Mistake): string {
  const words = [`${where(mistake)}:`]
  if (mistake.option !== undefined) {
    const value = mistake.value === undefined ? '' : ` = ${excerpt(mistake.value)}`
    words.push(`${excerpt(mistake.option)}${value}:`)
  }
  return [...words, mistake.text].join(' ')
}

/** `FILE:LINE`, as compilers write it. The file itself can be named by a line that is all wrong. */
export function where({ file, line }: Place): string {
  const path = excerpt(file, PATH_LIMIT)
  return line === undefined ? path : `${path}:${line}`
}

/** One line for a terminal, whatever it quotes: errors of the system repeat paths as they are. */
export function sentence(text: string): string {
  return excerpt(text, SENTENCE_LIMIT)
}
