// `kopano-presence forget USER`: makes the running daemon forget a user at once.
import type { Command } from 'commander'
import { type ClientFlags, userArgument, withUrl } from './arguments.ts'
import type { CommandContext } from './context.ts'
import { clientsFor } from './daemon-client.ts'

export function addForget(program: Command, context: CommandContext): void {
  withUrl(program.command('forget'))
    .description('make the running daemon forget a user, in memory and on disk')
    .argument('<USER>', 'the user', userArgument)
    .action(async (userId: string, _flags: unknown, command: Command) => {
      const clientOf = await clientsFor(command.optsWithGlobals<ClientFlags>(), context)
      await clientOf(userId).forget(userId)
    })
}
