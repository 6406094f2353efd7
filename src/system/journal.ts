// Whether stderr is the journal of systemd, which takes a priority in front of each line and dates it itself (sd-daemon(3)).
import { fstatSync } from 'node:fs'

/** As systemd says in JOURNAL_STREAM; a variable that was inherited while stderr leads elsewhere counts for nothing. */
export function isJournal(stream: string | undefined, fd: number): boolean {
  if (stream === undefined) return false
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true })
    return stream === `${dev}:${ino}`
  } catch {
    return false
  }
}
