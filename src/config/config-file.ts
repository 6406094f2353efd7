// Finds and reads the files of the configuration.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { reason } from '../core/errors.ts'
import { readPlainFile } from '../core/plain-file.ts'
import { ConfigurationError } from './mistakes.ts'

/** Room for a user map of some hundred thousand people. In bytes. */
const LIMIT = 64 * 1024 * 1024

/** Where presence.cfg is looked for: the folder in KOPANO_CFG_DIR, else /etc/kopano. */
export function defaultFile(environment: Readonly<Record<string, string | undefined>>): string {
  const folder = environment.KOPANO_CFG_DIR
  return join(folder === undefined || folder === '' ? '/etc/kopano' : folder, 'presence.cfg')
}

/** The default file if there is one. One that can't be looked at counts as there: reading it then tells why. */
export async function findDefaultFile(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const file = defaultFile(environment)
  try {
    await stat(file)
    return file
  } catch (error) {
    return isMissing(error) ? undefined : file
  }
}

/** The content of a file that the configuration names. Throws ConfigurationError with path, reason and remedy. */
export async function readConfigFile(file: string): Promise<Uint8Array> {
  try {
    return (await readPlainFile(file, LIMIT)).content
  } catch (error) {
    throw new ConfigurationError([{ file, text: unreadable(error) }])
  }
}

/** Whether an error of the file system means that there is no such file. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')
}

/** Whether an error of the file system means that this account may not. */
export function isForbidden(error: unknown): boolean {
  return hasCode(error, 'EACCES') || hasCode(error, 'EPERM')
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** Why a file can't be read, and what to do. */
export function unreadable(error: unknown): string {
  return `can't be read: ${reason(error)}; ${remedy(error)}`
}

function remedy(error: unknown): string {
  if (isMissing(error)) return 'check the path'
  if (isForbidden(error))
    return 'let this account read it (the daemon reads it as run_as_user when it reloads), or run the command as root'
  return 'name a plain file'
}
