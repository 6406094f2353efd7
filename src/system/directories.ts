// Makes the directories that the daemon needs, before it gives up the right to.
import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { FatalError, reason } from '../core/errors.ts'

export interface NeededDirectory {
  readonly path: string
  /** The option of presence.cfg that names it. */
  readonly option: string
}

/**
 * Makes what is missing: the directory itself closed to others (mode 0750), those above it open to all. Throws FatalError, with
 * the remedy, where it can't or where something else stands in its place.
 */
export function prepareDirectories(directories: readonly NeededDirectory[]): void {
  for (const { path, option } of directories) {
    try {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) continue
      mkdirSync(dirname(resolve(path)), { recursive: true, mode: 0o755 })
      mkdirSync(path, { mode: 0o750 })
    } catch (error) {
      throw new FatalError(
        `${option} ${path} can't be made a directory: ${reason(error)}. Make it yourself and give it to the account that runs the daemon, or set ${option} to another one.`,
      )
    }
  }
}
