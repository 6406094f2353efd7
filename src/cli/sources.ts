// `kopano-presence sources`: how the sources of the running daemon are, as a table.
import type { Command } from 'commander'
import type { SourceDocument } from '../client/index.ts'
import { printableJson } from '../core/printable.ts'
import { type ClientFlags, withAs, withUrl } from './arguments.ts'
import type { CommandContext } from './context.ts'
import { clientsFor } from './daemon-client.ts'
import { wholeSeconds } from './presence-line.ts'
import { table } from './table.ts'

interface SourcesFlags extends ClientFlags {
  readonly as: string
  readonly json?: boolean
}

const HEADER = ['SOURCE', 'KIND', 'STATE', 'SINCE', 'USERS', 'DETAIL']

export function addSources(program: Command, context: CommandContext): void {
  withAs(withUrl(program.command('sources')))
    .description('tell how the sources of the running daemon are')
    .option('--json', 'print what the daemon answers, as JSON')
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<SourcesFlags>()
      const clientOf = await clientsFor(flags, context)
      const document = await clientOf(flags.as).sources()
      if (flags.json === true) context.out(printableJson(JSON.stringify(document)))
      else for (const line of table([HEADER, ...document.sources.map(row)])) context.out(line)
    })
}

function row({ name, kind, state, since, users, detail }: SourceDocument): string[] {
  return [name, kind, state, wholeSeconds(since), String(users ?? '-'), detail ?? '-']
}
