// Whether a command that the daemon would start is there.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** As a shell would find it. */
export function onPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder === '' ? '.' : folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
