// `kopano-presence set USER STATUS [MESSAGE]`: publishes a user's spreed state.
import { Argument, type Command } from 'commander'
import { STATUSES, type Status } from '../core/presence.ts'
import { type ClientFlags, userArgument, withUrl } from './arguments.ts'
import type { CommandContext } from './context.ts'
import { clientsFor } from './daemon-client.ts'

export function addSet(program: Command, context: CommandContext): void {
  withUrl(program.command('set'))
    .description('publish the spreed state of a user to the running daemon')
    .argument('<USER>', 'the user', userArgument)
    .addArgument(new Argument('<STATUS>', 'the state').choices(STATUSES))
    .argument('[MESSAGE]', 'what else the user wants to say', '')
    .action(async (userId: string, status: Status, message: string, _flags: unknown, command: Command) => {
      const clientOf = await clientsFor(command.optsWithGlobals<ClientFlags>(), context)
      await clientOf(userId).set(userId, 'spreed', { status, message })
    })
}
