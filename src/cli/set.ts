// `kopano-presence set USER STATUS [MESSAGE]`: publishes what a source, spreed if none is named, says of a user.
import { Argument, type Command } from 'commander'
import type { PublishedSection } from '../client/index.ts'
import { STATUSES, type Status } from '../core/presence.ts'
import { type ClientFlags, secondsArgument, userArgument, withSource, withUrl } from './arguments.ts'
import type { CommandContext } from './context.ts'
import { clientsFor } from './daemon-client.ts'

interface SetFlags extends ClientFlags {
  readonly source: string
  readonly expiresIn?: number
}

export function addSet(program: Command, context: CommandContext): void {
  withSource(withUrl(program.command('set')))
    .description('publish a state of a user to the running daemon')
    .argument('<USER>', 'the user', userArgument)
    .addArgument(new Argument('<STATUS>', 'the state').choices(STATUSES))
    .argument('[MESSAGE]', 'what else the user wants to say', '')
    .option('--expires-in <SECONDS>', 'how long it lasts (with --source manual)', secondsArgument)
    .action(async (userId: string, status: Status, message: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<SetFlags>()
      const clientOf = await clientsFor(flags, context)
      const lifetime = flags.expiresIn === undefined ? {} : { expiresIn: flags.expiresIn }
      const section: PublishedSection = { status, message, ...lifetime }
      await clientOf(userId).set(userId, flags.source, section)
    })
}
