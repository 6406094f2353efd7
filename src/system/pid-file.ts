// The pid file: tells service scripts which process is the daemon.
import { closeSync, constants, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { FatalError, reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'

export interface PidFileSettings {
  readonly path: string
  /** Whether presence.cfg itself names it; a default that can't be written is no mistake. */
  readonly askedFor: boolean
  readonly log: Log
}

/**
 * Writes the pid of this process, and replaces the file of one that is no more. Says whether it did. Throws FatalError when another
 * daemon is running, or when the file was asked for and can't be written.
 */
export function writePidFile({ path, askedFor, log }: PidFileSettings): boolean {
  try {
    if (!create(path)) {
      const other = runningDaemon(path)
      if (other !== undefined) {
        throw new FatalError(
          `pid_file ${path} belongs to a daemon that is running (process ${other}). Stop that one first, or set another pid_file.`,
        )
      }
      unlinkSync(path)
      if (!create(path)) throw new Error('another process writes it at the same time')
    }
    return true
  } catch (error) {
    if (error instanceof FatalError) throw error
    if (!askedFor) {
      log.info(`No pid file: ${path} can't be written (${reason(error)}).`)
      return false
    }
    throw new FatalError(
      `pid_file ${path} can't be written: ${reason(error)}. Let the account that runs the daemon write to ${dirname(path)}, or set another pid_file.`,
    )
  }
}

/** Removes the pid file, if it still is this process's. */
export function removePidFile(path: string, log: Log): void {
  try {
    if (pidIn(path) === process.pid) unlinkSync(path)
  } catch (error) {
    log.info(`The pid file ${path} could not be removed (${reason(error)}); the next start replaces it.`)
  }
}

/** False when there is one already. Never follows a link, as root may be writing where others may too. */
function create(path: string): boolean {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o644)
    try {
      writeSync(fd, `${process.pid}\n`)
    } finally {
      closeSync(fd)
    }
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function pidIn(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The pid in the file, if a daemon of this program has it. After a restart of the machine it may be anybody's. */
function runningDaemon(path: string): number | undefined {
  const pid = pidIn(path)
  if (pid === undefined || pid === process.pid) return undefined
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const same = words.some((word) => word.includes('kopano-presence') || (word !== '' && word === process.argv[1]))
    return same ? pid : undefined
  } catch {
    return undefined
  }
}
