// `kopano-presence token USER`: prints a token, and nothing else.
import type { Command } from 'commander'
import { readSecret } from '../config/secret.ts'
import { createToken } from '../core/tokens.ts'
import { userArgument } from './arguments.ts'
import { loadChosen } from './chosen-configuration.ts'
import type { CommandContext } from './context.ts'

export function addToken(program: Command, context: CommandContext): void {
  program
    .command('token')
    .description('print a token of a user, valid for server_token_expire minutes')
    .argument('<USER>', 'the user whose token it is', userArgument)
    .action(async (userId: string, _flags: unknown, command: Command) => {
      const { settings } = await loadChosen(command.optsWithGlobals<{ config?: string }>().config, context)
      context.out(createToken(await readSecret(settings), userId, Math.floor(context.now() / 1000)))
    })
}
