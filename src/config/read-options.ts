// Reads the options of one schema from the settings of a file.
import type { OptionSchema, OptionSpec } from '../core/options.ts'
import type { Mistake } from './mistakes.ts'
import { blankIsNone } from './option-types.ts'
import type { Setting } from './syntax.ts'

/** The settings of a file by name; of a repeated one the last. */
export type SettingsByName = ReadonlyMap<string, Setting>

export interface ReadOptions<Options> {
  readonly options: Options
  /** The names, as in the file, of the options that the file sets. */
  readonly given: readonly string[]
  readonly mistakes: readonly Mistake[]
}

/** The names and specifications of a schema. */
export function specifications(schema: object): readonly (readonly [string, OptionSpec<unknown>])[] {
  return Object.entries(schema)
}

/**
 * Every option of the schema, from the line named `prefix` + its name. An empty value leaves the default, unless the option can be
 * switched off by it. A value that is not allowed becomes a mistake, and the default stands in, so that the rest can be checked too.
 */
export function readOptions<Options>(
  schema: OptionSchema<Options>,
  source: {
    readonly file: string
    readonly settings: SettingsByName
    readonly prefix?: string
    readonly defaults?: Partial<Options>
  },
): ReadOptions<Options> {
  const values = new Map<string, unknown>()
  const given: string[] = []
  const mistakes: Mistake[] = []
  const defaults = new Map<string, unknown>(Object.entries(source.defaults ?? {}))
  for (const [name, spec] of specifications(schema)) {
    values.set(name, defaults.has(name) ? defaults.get(name) : spec.default)
    const fullName = `${source.prefix ?? ''}${name}`
    const setting = source.settings.get(fullName)
    if (setting === undefined || (setting.value === '' && !blankIsNone(spec))) continue
    given.push(fullName)
    const value = setting.value === '' ? undefined : spec.parse(setting.value)
    if (value === undefined && setting.value !== '') {
      mistakes.push(notAllowed(source.file, setting, spec))
    } else {
      values.set(name, value)
    }
  }
  return { options: Object.fromEntries(values) as Options, given, mistakes }
}

function notAllowed(file: string, setting: Setting, spec: OptionSpec<unknown>): Mistake {
  // Old habits from other files: everything after the value belongs to it here.
  const hint = /\s#/.test(setting.value) ? ' (a comment needs a line of its own)' : ''
  return {
    file,
    line: setting.line,
    option: setting.key,
    ...(spec.secret === true ? {} : { value: setting.value }),
    text: `must be ${spec.allowed}${hint}`,
  }
}
