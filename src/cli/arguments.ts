// Arguments and options that several commands share, checked as they are read.
import { type Command, InvalidArgumentError } from 'commander'
import { READER_HOST } from '../core/reserved-users.ts'
import { userIdMistake } from '../core/user-id.ts'

/** What commands that talk to the daemon can be told. */
export interface ClientFlags {
  readonly config?: string
  readonly url?: string
}

export function userArgument(userId: string): string {
  const mistake = userIdMistake(userId)
  if (mistake !== undefined) throw new InvalidArgumentError(`A user ${mistake}.`)
  return userId
}

export function usersArgument(userId: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), userArgument(userId)]
}

/** Seconds that a state may last. */
export function secondsArgument(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a number of seconds, 1 or more.')
  return Number(text)
}

/** Gives a command the option --source. */
export function withSource(command: Command): Command {
  return command.option('--source <SOURCE>', 'the source that says it', sourceArgument, 'spreed')
}

/** Gives a command that asks for more than one user the option --as. Whoever may run it has the secret, and so sees everybody. */
export function withAs(command: Command): Command {
  return command.option('--as <USER>', 'the user whose token to ask with', userArgument, READER_HOST)
}

/** Gives a command the option --url. */
export function withUrl(command: Command): Command {
  return command.option('--url <URL>', 'where the daemon answers (default: as presence.cfg says)', urlArgument)
}

function sourceArgument(source: string): string {
  if (!/^[a-z][a-z0-9_-]*$/.test(source)) throw new InvalidArgumentError('It must be the name of a source.')
  return source
}

export function urlArgument(text: string): string {
  if (/^unix:\/./.test(text)) return text
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError(
      'It must be an address such as http://127.0.0.1:1234, or unix:/run/kopano/presence.sock.',
    )
  }
  return text
}
