// `kopano-presence get USER...`: asks the running daemon, a line a user.
import type { Command } from 'commander'
import { printableJson } from '../core/printable.ts'
import { type ClientFlags, usersArgument, withUrl } from './arguments.ts'
import type { CommandContext } from './context.ts'
import { clientsFor } from './daemon-client.ts'
import { presenceLine } from './presence-line.ts'

export function addGet(program: Command, context: CommandContext): void {
  withUrl(program.command('get'))
    .description('ask the running daemon for the presence of users')
    .argument('<USER...>', 'the users', usersArgument)
    .option('--json', 'print the presence documents, one JSON value a line')
    .action(async (userIds: readonly string[], _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ClientFlags & { json?: boolean }>()
      const clientOf = await clientsFor(flags, context)
      for (const userId of userIds) {
        const document = await clientOf(userId).get(userId)
        context.out(flags.json === true ? printableJson(JSON.stringify(document)) : presenceLine(document))
      }
    })
}
