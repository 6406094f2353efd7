// Gives files that root made to the account that will use them, without being led astray by links.
import { closeSync, constants, fchownSync, fstatSync, lstatSync, openSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * Gives a file, or a directory and the files right in it, to an owner. Only what belongs to root changes hands: the account could
 * have put links where root expects files, so links and files with a second name stay as they are. What is missing is skipped.
 */
export function giveTo(owner: Owner, path: string, log: Log): void {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined) return
    if (stats.isSymbolicLink()) {
      log.info(`${path} is a symbolic link, so its owner stays as it is.`)
      return
    }
    if (!stats.isFile() && !stats.isDirectory()) return
    if (stats.uid !== 0 && stats.uid !== owner.uid) {
      log.warn(
        `${path} belongs to another account (${stats.uid}); if the daemon may not write there, give it away with chown.`,
      )
      return
    }
    const entries = stats.isDirectory() ? readdirSync(path, { withFileTypes: true }) : []
    for (const entry of entries) {
      if (entry.isFile()) hand(owner, join(path, entry.name))
    }
    // The directory last: until then nobody else can exchange its files.
    hand(owner, path)
  } catch (error) {
    log.warn(
      `${path} could not be given to the account of the daemon: ${reason(error)}; do that with chown, or choose another place.`,
    )
  }
}

/** By descriptor, so that what was checked is what changes. */
function hand(owner: Owner, path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    if (mayChangeHands(fstatSync(fd))) fchownSync(fd, owner.uid, owner.gid)
  } finally {
    closeSync(fd)
  }
}

function mayChangeHands(stats: Stats): boolean {
  return stats.uid === 0 && (stats.isDirectory() || (stats.isFile() && stats.nlink === 1))
}
