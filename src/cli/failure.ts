// Why a command failed, in a sentence with the remedy.
import { ProblemError, UnreachableError } from '../client/index.ts'
import { reason } from '../core/errors.ts'
import { excerpt } from '../core/printable.ts'

/** Without the credential the secret that the daemon once made itself may still be found, and is not the one in force. */
const SECRETS =
  ' Name the presence.cfg of that daemon with -C, so that the secrets agree; if systemd hands it the secret as a credential, ' +
  'set CREDENTIALS_DIRECTORY=/run/credentials/UNIT as well (docs/operating.md).'

/** Harmless for a terminal; several lines when several things are wrong. */
export function failureText(error: unknown, program: string): string {
  if (error instanceof UnreachableError && error.cause !== undefined) {
    return `${error.message} (${excerpt(rootReason(error.cause), 200)}). Start the daemon with "${program} serve", or name its address with --url.`
  }
  if (error instanceof ProblemError) {
    const { status, detail } = error.problem
    const remedy = status === 401 ? SECRETS : ''
    return `The daemon refused: ${excerpt(detail, 1000)}${remedy}`
  }
  return reason(error)
    .split('\n')
    .map((line) => excerpt(line, 1000))
    .join('\n')
}

/** The first cause of all: `fetch` itself only says that it failed. */
function rootReason(error: unknown): string {
  let root = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  return reason(root)
}
