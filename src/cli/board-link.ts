// `kopano-presence board-link [USER]`: prints a link that opens the status board once.
import type { Command } from 'commander'
import { Connection } from '../client/connection.ts'
import { UnreachableError } from '../client/index.ts'
import { ConfigError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { READER_HOST } from '../core/reserved-users.ts'
import { type ClientFlags, userArgument, withUrl } from './arguments.ts'
import { boardAddress, boardLink } from './board-address.ts'
import type { CommandContext } from './context.ts'
import { reachDaemon } from './daemon-client.ts'

interface Code {
  readonly code: string
  /** In seconds. */
  readonly expires_in: number
}

export function addBoardLink(program: Command, context: CommandContext): void {
  withUrl(program.command('board-link'))
    .description('print a link that opens the status board, once')
    .argument('[USER]', 'who uses it; without, it is for reading only', userArgument)
    .action(async (userId: string | undefined, _flags: unknown, command: Command) => {
      const { settings, url, optionsFor } = await reachDaemon(command.optsWithGlobals<ClientFlags>(), context)
      const address = boardAddress(settings.board_url, url)
      if (address === undefined) {
        throw new ConfigError(
          'the daemon listens on a Unix socket, which no browser reaches; set board_url to the address of the proxy',
        )
      }
      const connection = new Connection(optionsFor(userId ?? READER_HOST))
      const answer = await connection.request({ method: 'POST', path: 'board/link' })
      if (!isCode(answer)) throw new UnreachableError(`What answers at ${connection.base} is no presence daemon.`)
      // The link alone on the output, for scripts.
      context.out(boardLink(address, answer.code))
      const until = new Date(context.now() + answer.expires_in * 1000).toISOString().replace(/\.\d+/, '')
      const what = userId === undefined ? 'the board for reading only' : `the board as ${printable(userId)}`
      context.err(`It opens ${what}, once, until ${until}.`)
    })
}

function isCode(answer: unknown): answer is Code {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'code' in answer &&
    typeof answer.code === 'string' &&
    /^[\w-]+$/.test(answer.code) &&
    'expires_in' in answer &&
    typeof answer.expires_in === 'number'
  )
}
