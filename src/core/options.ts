// The options of presence.cfg: how a room declares the ones that it reads.

/** How one option is written and understood. */
export interface OptionSpec<Value> {
  /** What it is for, one sentence for the administrator. */
  readonly help: string
  readonly default: Value
  /** What is allowed, as the end of the sentence "must be ...". */
  readonly allowed: string
  /** `seconds`, `minutes`, ... where the value has one. */
  readonly unit?: string
  /** A line's value for the sample file; the default is shown otherwise. */
  readonly example?: string
  /** Its value may never be printed. */
  readonly secret?: boolean
  /**
   * How a secret stands in the file that the option NAME_file names, which every secret option brings along: in the first line (by
   * default), as one value a line, or never in one.
   */
  readonly filed?: 'lines' | 'never'
  /** It names a file or folder; one that is not absolute counts from the folder of presence.cfg. */
  readonly isPath?: boolean
  /** The value as it is written in presence.cfg, where that is not plain. */
  write?(value: Value): string
  /** The value, or undefined when the text is not allowed. */
  parse(text: string): Value | undefined
}

/** The options of one room; the names are those of presence.cfg (a plugin's without its source's prefix). */
export type OptionSchema<Options> = { readonly [Name in keyof Options]: OptionSpec<Options[Name]> }

/** An option that fits alone but not with the others: which one, and a sentence with the remedy. */
export interface OptionMistake {
  readonly option: string
  readonly text: string
}

/** What every option has. */
interface Common<Value> {
  readonly help: string
  readonly default: Value
  readonly example?: string
}

/** Any text that is not empty; an option without a default may be left out. */
export function text<Default extends string | undefined>(
  common: Common<Default> & { readonly secret?: boolean },
): OptionSpec<string | Default> {
  return { allowed: 'some text', ...common, parse: (value) => (value === '' ? undefined : value) }
}

/** A text that may never be printed, as a password. The option NAME_file, which names a file that holds it, comes with it. */
export function secret(common: Common<string | undefined>): OptionSpec<string | undefined> {
  return { ...text(common), secret: true }
}

/** A path; no file is touched to check it. */
export function path<Default extends string | undefined>(common: Common<Default>): OptionSpec<string | Default> {
  return {
    allowed: 'a path',
    ...common,
    isPath: true,
    parse: (value) => (value === '' || value.includes('\0') ? undefined : value),
  }
}

/** A whole number between two bounds. */
export function integer(
  common: Common<number> & { readonly min: number; readonly max: number; readonly unit?: string },
): OptionSpec<number> {
  return number(common, /^\d{1,15}$/, 'a whole number')
}

/** A number between two bounds, decimals allowed. */
export function decimal(
  common: Common<number> & { readonly min: number; readonly max: number; readonly unit?: string },
): OptionSpec<number> {
  return number(common, /^\d{1,15}(\.\d{1,9})?$/, 'a number')
}

function number(
  common: Common<number> & { readonly min: number; readonly max: number; readonly unit?: string },
  shape: RegExp,
  what: string,
): OptionSpec<number> {
  const { min, max, ...rest } = common
  const unit = common.unit === undefined ? '' : ` ${common.unit}`
  return {
    ...rest,
    allowed: `${what} from ${min} to ${max}${unit}`,
    parse(value) {
      const parsed = shape.test(value) ? Number(value) : Number.NaN
      return parsed >= min && parsed <= max ? parsed : undefined
    },
  }
}

/** yes, true and 1, or no, false and 0, in any case. */
export function yesNo(common: Common<boolean>): OptionSpec<boolean> {
  return {
    ...common,
    allowed: 'yes or no',
    parse(value) {
      const folded = value.toLowerCase()
      if (['yes', 'true', '1', 'on'].includes(folded)) return true
      return ['no', 'false', '0', 'off'].includes(folded) ? false : undefined
    },
  }
}

/** One of a few words. */
export function choice<const Word extends string>(
  common: Common<Word> & { readonly words: readonly Word[] },
): OptionSpec<Word> {
  const { words, ...rest } = common
  return {
    ...rest,
    allowed: `one of ${words.join(', ')}`,
    parse: (value) => words.find((word) => word === value.toLowerCase()),
  }
}

/** Words separated by white space. */
export function list(common: Common<readonly string[]>): OptionSpec<readonly string[]> {
  return {
    ...common,
    allowed: 'words separated by spaces',
    parse: (value) => value.split(/\s+/).filter((word) => word !== ''),
  }
}
