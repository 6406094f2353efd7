// `kopano-presence withdraw USER`: takes back what a source, spreed if none is named, says of a user.
import type { Command } from 'commander'
import { type ClientFlags, userArgument, withSource, withUrl } from './arguments.ts'
import type { CommandContext } from './context.ts'
import { clientsFor } from './daemon-client.ts'

export function addWithdraw(program: Command, context: CommandContext): void {
  withSource(withUrl(program.command('withdraw')))
    .description('take back a state of a user that was set')
    .argument('<USER>', 'the user', userArgument)
    .action(async (userId: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ClientFlags & { source: string }>()
      const clientOf = await clientsFor(flags, context)
      await clientOf(userId).withdraw(userId, flags.source)
    })
}
