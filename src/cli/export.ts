// `kopano-presence export FILE`: saves everything that the store of presence.cfg keeps, whether its daemon runs or not.
import type { Command } from 'commander'
import { exportText } from '../core/backup/exporting.ts'
import { FolderInUseError } from '../core/errors.ts'
import { type ClientFlags, withUrl } from './arguments.ts'
import { keep } from './backup.ts'
import { loadChosen } from './chosen-configuration.ts'
import type { CommandContext, OpenedStore } from './context.ts'
import { reachAsOperator } from './operator.ts'

/** The secrets with which stores, and daemons, are reached. */
export const NEEDED = (secret: string): boolean => ['server_secret_key', 'redis_password'].includes(secret)

export function addExport(program: Command, context: CommandContext): void {
  withUrl(program.command('export'))
    .description('save everything that the store named by presence.cfg keeps to a file, for "import"')
    .argument('<FILE>', 'the file, or "-" for the standard output')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ClientFlags>()
      const opened = await openedOrInUse(flags, context)
      if (opened === undefined) {
        const operator = await reachAsOperator(flags, context)
        await keep(await operator.ask('GET', 'operator/backup', context.ended()), name, context)
        return
      }
      try {
        const ended = context.ended()
        await keep(
          bytesOf(exportText(opened.store, { made: context.now(), lead: opened.lead() }), ended),
          name,
          context,
        )
      } finally {
        await opened.close()
      }
    })
}

/** Undefined: a daemon that runs has it for itself, and has to be asked. */
async function openedOrInUse(flags: ClientFlags, context: CommandContext): Promise<OpenedStore | undefined> {
  if (flags.url !== undefined) return undefined
  const configuration = await loadChosen(flags.config, context, NEEDED)
  try {
    return await context.daemon.openStore(configuration, { make: false })
  } catch (error) {
    if (error instanceof FolderInUseError) return undefined
    throw error
  }
}

async function* bytesOf(pieces: AsyncIterable<string>, ended: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    ended.throwIfAborted()
    yield Buffer.from(piece)
  }
}
