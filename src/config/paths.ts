// Paths in presence.cfg that are not absolute count from the folder of that file, wherever the daemon was started or runs.
import { dirname, isAbsolute, resolve } from 'node:path'
import { specifications } from './read-options.ts'

/** What log_file says for the standard error output. */
const STDERR = '-'

/** The options with each path among them absolute; one that is already stays as it is written. */
export function withAbsolutePaths<Options>(options: Options, schema: object, file: string): Options {
  const folder = dirname(resolve(file))
  const values = new Map<string, unknown>(Object.entries(options as object))
  for (const [name, { isPath }] of specifications(schema)) {
    const value = values.get(name)
    if (isPath !== true || typeof value !== 'string' || value === STDERR || isAbsolute(value)) continue
    values.set(name, resolve(folder, value))
  }
  return Object.fromEntries(values) as Options
}
