// Where lines go when log_method is file: a file that can be rotated, or stderr. Each line is written before the call returns.
import { constants, lstatSync, openSync } from 'node:fs'
import { pino } from 'pino'
import { FatalError, reason } from '../core/errors.ts'

/** Takes finished lines, without their line end. */
export interface LogSink {
  /** The severity is that of RFC 5424. Never throws. */
  write(line: string, severity: number): void
  /** Opens the destination anew, after a rotation or another account. Throws FatalError and goes on with the old one. */
  reopen(): void
  /** Resolves when everything is written, or can't be. */
  close(): Promise<void>
}

/** The bytes that wait in memory at most while the disk is full; beyond them lines are lost. */
const WAITING_LIMIT = 1024 * 1024

type Destination = ReturnType<typeof pino.destination>

/**
 * Writes to a file (appends; made with mode 0640), or to stderr for `-`; with the priority in front of each line (`<4>`) if the journal
 * reads it. Throws FatalError when the file can't be opened.
 */
export function fileSink(path: string, withPriority = false): LogSink {
  let destination: Destination | undefined = open(path)
  return {
    write(line, severity) {
      destination?.write(withPriority ? `<${severity}>${line}\n` : `${line}\n`)
    },
    reopen() {
      const next = open(path)
      destination?.destroy()
      destination = next
    },
    async close() {
      const last = destination
      destination = undefined
      if (last === undefined) return
      // Sync destinations have written everything by now, unless the disk is full: that isn't waited for.
      last.destroy()
    },
  }
}

function open(path: string): Destination {
  const fd = path === '-' ? process.stderr.fd : openFile(path)
  const destination = pino.destination({ fd, sync: true, maxLength: WAITING_LIMIT })
  // A full disk is no reason to stop: what waits is written with the next line for which there is room.
  destination.on('error', () => {})
  return destination
}

function openFile(path: string): number {
  try {
    refuseForeignLink(path)
    return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOCTTY, 0o640)
  } catch (error) {
    throw new FatalError(
      `log_file ${path} can't be opened: ${reason(error)}. Let the account that runs the daemon write there, or choose another log_file.`,
    )
  }
}

/** Root must not follow a link that another account made: it could lead to any file of the machine. */
function refuseForeignLink(path: string): void {
  if (process.geteuid?.() !== 0) return
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats?.isSymbolicLink() && stats.uid !== 0) throw new Error('it is a symbolic link that does not belong to root')
}
