// `kopano-presence serve`: runs the daemon in the foreground.
import { type Command, Option } from 'commander'
import { defaultFile } from '../config/config-file.ts'
import { printable } from '../core/printable.ts'
import { boardAddress, boardLink } from './board-address.ts'
import { chooseFile } from './chosen-configuration.ts'
import type { CommandContext, RunningBoard } from './context.ts'
import { localAddress, socketOf } from './daemon-client.ts'

interface ServeFlags {
  readonly config?: string
  readonly sslkeyFile?: string | boolean
  readonly sslkeyPass?: string | boolean
  readonly serverSocket?: string | boolean
}

export function addServe(program: Command, context: CommandContext): void {
  program
    .command('serve', { isDefault: true })
    .description('run the daemon, always in the foreground')
    // Start scripts of the old daemon give these.
    .addOption(new Option('-F, --foreground', 'accepted: it never runs in the background').hideHelp())
    .addOption(new Option('-K, --sslkey-file [FILE]', 'accepted, without effect').hideHelp())
    .addOption(new Option('-Q, --sslkey-pass [PASSWORD]', 'accepted, without effect').hideHelp())
    .addOption(new Option('-S, --server-socket [SOCKET]', 'accepted, without effect').hideHelp())
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ServeFlags>()
      noteIdleFlags(flags, context)
      const chosen = await chooseFile(flags.config, context)
      const ready = async (address: string, board: RunningBoard) => {
        if (chosen.file === undefined) announce(address, context)
        // Whoever sees this terminal may look; a journal would keep the link for others.
        if (context.screen !== undefined) await showBoard(address, board, flags.config, context)
      }
      context.exit(await context.daemon.runDaemon({ ...chosen, ready }))
    })
}

function noteIdleFlags(flags: ServeFlags, context: CommandContext): void {
  const idle = [
    ...(flags.sslkeyFile === undefined ? [] : ['-K']),
    ...(flags.sslkeyPass === undefined ? [] : ['-Q']),
    ...(flags.serverSocket === undefined ? [] : ['-S']),
  ]
  // Without their values: one is a password.
  if (idle.length > 0) {
    context.err(`note: ${idle.join(' ')} without effect: presence is kept here, so no groupware server is asked`)
  }
}

/** The first minute: what runs, and two commands to try. */
function announce(address: string, context: CommandContext): void {
  const { program } = context
  context.out(
    `The presence daemon answers at ${address}. There is no ${defaultFile(context.environment)}, so it goes by`,
  )
  context.out('its defaults and keeps its data in ./data. Try it in another terminal, in the same folder:')
  context.out('')
  context.out(`  ${program} set you@example.com available "Hello there"`)
  context.out(`  ${program} get you@example.com`)
  context.out('')
}

async function showBoard(
  address: string,
  board: RunningBoard,
  file: string | undefined,
  context: CommandContext,
): Promise<void> {
  const url = boardAddress(board.url, socketOf(address) === undefined ? localAddress(address) : undefined)
  if (url === undefined) return
  // A daemon whose store can't save yet goes on without a link.
  const code = await board.code().catch(() => undefined)
  if (code === undefined) return
  const link = boardLink(url, code)
  // With the same file, or it would be made with another secret.
  const more = file === undefined ? 'board-link' : `board-link -C ${printable(file)}`
  context.out(
    `Who is how, in a browser (this link works once, within ten minutes; "${context.program} ${more}" makes more):`,
  )
  context.out('')
  context.out(`  ${link}`)
  context.out('')
}
