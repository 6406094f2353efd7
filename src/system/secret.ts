// The secret of this installation, when presence.cfg names none: made once, readable by the daemon alone.
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { FatalError, reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'

/** The name of the file under data_path. */
const NAME = 'secret'
const BYTES = 32

/**
 * The secret in `<dataPath>/secret`; made at the first start. Throws FatalError when others can read the file, when it is empty, or
 * when it can't be read or made.
 */
export function readOrMakeSecret(dataPath: string, log: Log): string {
  const path = join(dataPath, NAME)
  try {
    const secret = read(path)
    if (secret !== undefined) return secret
    if (make(dataPath, path)) {
      log.notice(
        `Made a secret for tokens, since server_secret_key is not set; it is kept in ${path}. Whoever makes tokens needs it.`,
      )
    }
    const made = read(path)
    if (made === undefined) throw new Error('it disappeared again')
    return made
  } catch (error) {
    if (error instanceof FatalError) throw error
    throw new FatalError(
      `The secret in ${path} can't be read or made: ${reason(error)}. Give the file and its directory to the account that runs the daemon, or set server_secret_key.`,
    )
  }
}

/** Undefined when there is no file. */
function read(path: string): string | undefined {
  const fd = open(path)
  if (fd === undefined) return undefined
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw new Error('it is not a file')
    if ((stats.mode & 0o077) !== 0) {
      const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
      throw new FatalError(
        `The secret in ${path} is open to other accounts (mode ${mode}). Close it (chmod 600 ${path}); if others may have read it, remove it, and the next start makes a new one.`,
      )
    }
    const secret = readFileSync(fd, 'utf8').trim()
    if (secret === '')
      throw new FatalError(`The secret in ${path} is empty. Remove the file, and the next start makes a new one.`)
    return secret
  } finally {
    closeSync(fd)
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Makes the file whole or not at all, whenever the power fails. False when another process was faster. */
function make(dataPath: string, path: string): boolean {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const fd = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    writeSync(fd, `${randomBytes(BYTES).toString('base64url')}\n`)
    fsyncSync(fd)
    linkSync(draft, path)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    closeSync(fd)
    rmSync(draft, { force: true })
  }
  syncDirectory(dataPath)
  return true
}

/** The name of a new file is only safe with its directory. */
function syncDirectory(path: string): void {
  const fd = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
