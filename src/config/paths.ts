// Paths in presence.cfg that are not absolute count from the folder of that file, wherever the daemon was started or runs.
import { dirname, isAbsolute, resolve } from 'node:path'
import type { Settings } from './options.ts'

/** What log_file says for the standard error output. */
const STDERR = '-'

/** The settings with each path absolute; one that is already stays as it is written. */
export function withAbsolutePaths(settings: Settings, file: string): Settings {
  const folder = dirname(resolve(file))
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(folder, path))
  const optional = (path: string | undefined) => (path === undefined ? undefined : absolute(path))
  return {
    ...settings,
    data_path: absolute(settings.data_path),
    user_map_file: optional(settings.user_map_file),
    pid_file: optional(settings.pid_file),
    running_path: optional(settings.running_path),
    log_file: settings.log_file === STDERR ? STDERR : absolute(settings.log_file),
  }
}
