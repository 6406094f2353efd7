// User ids that stand for nobody: reserved for the status board, in tokens only.
import { foldUserId } from './user-id.ts'

/** Of whoever may look but is nobody, as a board on a wall: tokens of this user read everybody and change nothing. */
export const READER = 'kopano-presence:reader'

/**
 * Of the command line: a link to the board that is made with a token of this user is the reader's. The reader's own tokens make none,
 * lest one who was shut out had made a way back in before.
 */
export const READER_HOST = 'kopano-presence:reader-host'

/** Of the commands of whoever has the secret of the daemon: tokens of this user make and restore backups, and nothing else. */
export const OPERATOR = 'kopano-presence:operator'

/** Whether a user is nobody, who may change nothing and have no session. */
export function isReserved(userId: string): boolean {
  const folded = foldUserId(userId)
  return folded === READER || folded === READER_HOST || folded === OPERATOR
}
