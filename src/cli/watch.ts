// `kopano-presence watch [USER...]`: shows changes as they happen, as a table that stays in place or as JSON lines.
import type { Command } from 'commander'
import type { PresenceDocument, WatchEvent } from '../client/index.ts'
import { excerpt, printableJson } from '../core/printable.ts'
import { foldUserId } from '../core/user-id.ts'
import { type ClientFlags, usersArgument, withAs, withUrl } from './arguments.ts'
import type { CommandContext, Screen } from './context.ts'
import { clientsFor } from './daemon-client.ts'
import { drawTable } from './live-table.ts'

interface WatchFlags extends ClientFlags {
  readonly as: string
  readonly domain?: string
  readonly json?: boolean
}

/** Changes that come together are drawn together, in milliseconds. */
const FRAME = 50

export function addWatch(program: Command, context: CommandContext): void {
  withAs(withUrl(program.command('watch')))
    .description('show how users are and every change, until Ctrl-C')
    .argument('[USER...]', 'the users (default: everybody)', usersArgument)
    .option('--domain <DOMAIN>', 'everybody of a domain, instead of users')
    .option('--json', 'print presence documents, one JSON value a line, also in a terminal')
    .action(async (userIds: readonly string[] | undefined, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<WatchFlags>()
      const users = userIds ?? []
      if (users.length > 0 && flags.domain !== undefined) command.error('error: Name users or a domain, not both.')
      const everybody = flags.domain === undefined ? undefined : { domain: flags.domain }
      const clientOf = await clientsFor(flags, context)
      const signal = context.ended()
      const events = clientOf(flags.as).watch(users.length > 0 ? users : everybody, { signal })
      const { screen } = context
      if (screen === undefined || flags.json === true) await printLines(events, context)
      else await drawOn(screen, events, users.length === 0, context)
    })
}

async function printLines(events: AsyncIterable<WatchEvent>, context: CommandContext): Promise<void> {
  let lost = false
  for await (const event of events) {
    if (event.type === 'presence') context.out(printableJson(JSON.stringify(event.document)))
    else if (event.type === 'lost') {
      if (!lost) context.err(lostNotice(event))
      lost = true
    } else if (lost) {
      context.err('The connection is back.')
      lost = false
    }
  }
}

/** In the terminal's other screen, so that what was there before comes back at the end. */
async function drawOn(
  screen: Screen,
  events: AsyncIterable<WatchEvent>,
  onlyKnown: boolean,
  context: CommandContext,
): Promise<void> {
  const documents = new Map<string, PresenceDocument>()
  let notice: string | undefined = 'connecting'
  let timer: NodeJS.Timeout | undefined
  const draw = () => {
    timer = undefined
    const colour = (context.environment.NO_COLOR ?? '') === ''
    const lines = drawTable({
      documents: documents.values(),
      notice,
      columns: screen.columns(),
      rows: screen.rows(),
      colour,
    })
    // Over the old picture, clearing what was longer, so that nothing flickers.
    screen.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`)
  }
  const soon = () => {
    timer ??= setTimeout(draw, FRAME)
  }
  screen.write('\u001b[?1049h\u001b[?25l')
  const stopResizing = screen.onResize(soon)
  try {
    draw()
    for await (const event of events) {
      if (event.type === 'presence') {
        const { document } = event
        const key = foldUserId(document.user_id)
        if (onlyKnown && Object.keys(document.sources).length === 0) documents.delete(key)
        else documents.set(key, document)
      } else notice = event.type === 'lost' ? lostNotice(event) : undefined
      soon()
    }
  } finally {
    clearTimeout(timer)
    stopResizing()
    screen.write('\u001b[?25h\u001b[?1049l')
  }
}

function lostNotice({ error, retryIn }: { readonly error: Error; readonly retryIn: number }): string {
  return `The connection is lost; next attempt in ${Math.ceil(retryIn / 1000)} s. ${excerpt(error.message, 200)}`
}
