// Arguments and options that several commands share, checked as they are read.
import { type Command, InvalidArgumentError } from 'commander'
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

/** Gives a command the option --url. */
export function withUrl(command: Command): Command {
  return command.option('--url <URL>', 'where the daemon answers (default: as presence.cfg says)', urlArgument)
}

function urlArgument(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('It must be an address such as http://127.0.0.1:1234.')
  }
  return text
}
