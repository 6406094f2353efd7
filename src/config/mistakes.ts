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

/** Everything that is wrong, at once. */
export class ConfigurationError extends ConfigError {
  readonly mistakes: readonly Mistake[]
  /** What is odd beside the mistakes: sentences for the log. */
  readonly notes: readonly string[]

  constructor(mistakes: readonly Mistake[], notes: readonly string[] = []) {
    super(mistakes.map(describe).join('\n'))
    this.mistakes = mistakes
    this.notes = notes
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

/** `FILE:LINE`, as compilers write it. */
export function where({ file, line }: Place): string {
  return line === undefined ? file : `${file}:${line}`
}
