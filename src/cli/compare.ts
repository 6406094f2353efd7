// `kopano-presence compare URL...`: whether all nodes have the same, by a checksum of what each has in memory.
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Checksum } from '../core/checksum.ts'
import { type ClientFlags, urlArgument } from './arguments.ts'
import type { CommandContext } from './context.ts'
import { type Operator, reachAsOperator } from './operator.ts'
import { table } from './table.ts'

/** How long nodes have to become equal while they are being changed, in milliseconds, and the time between two questions. */
const PATIENCE = 10_000
const AGAIN = 500

const HEADER = ['NODE', 'ENTRIES', 'CHECKSUM']
const DIFFERENT = 1

export function addCompare(program: Command, context: CommandContext): void {
  program
    .command('compare')
    .description('tell whether the nodes of one service have the same in memory')
    .argument('<URL...>', 'the address of each node', (url: string, earlier?: readonly string[]) => [
      ...(earlier ?? []),
      urlArgument(url),
    ])
    .action(async (urls: readonly string[], _flags: unknown, command: Command) => {
      const { config } = command.optsWithGlobals<ClientFlags>()
      const flags = config === undefined ? {} : { config }
      const nodes = await Promise.all(urls.map((url) => reachAsOperator({ ...flags, url }, context)))
      const ended = context.ended()
      const begin = performance.now()
      let found = await checksums(nodes, ended)
      while (found !== undefined && !areEqual(found) && !ended.aborted && performance.now() - begin < PATIENCE) {
        context.progress?.('The nodes differ; asking again, since one may only be behind')
        await pause(AGAIN, undefined, { signal: ended }).catch(() => {})
        found = (await checksums(nodes, ended)) ?? found
      }
      context.progress?.('')
      if (found === undefined || !areEqual(found)) context.exit(DIFFERENT)
      if (found === undefined) {
        context.err('It was told to end before all nodes had answered.')
        return
      }
      const rows = found.map(({ entries, checksum }, index) => [urls[index] ?? '', String(entries), checksum])
      for (const line of table([HEADER, ...rows])) context.out(line)
      const isEarly = ended.aborted && !areEqual(found)
      context.err(
        isEarly ? 'The nodes differ so far; it was told to end before they had time to become equal.' : verdict(found),
      )
    })
}

/** Undefined when it is told to end before all have answered. */
async function checksums(nodes: readonly Operator[], ended: AbortSignal): Promise<readonly Checksum[] | undefined> {
  try {
    return await Promise.all(nodes.map((node) => checksumOf(node, ended)))
  } catch (error) {
    if (ended.aborted) return undefined
    throw error
  }
}

async function checksumOf(node: Operator, ended: AbortSignal): Promise<Checksum> {
  const chunks: Uint8Array[] = []
  for await (const bytes of await node.ask('GET', 'operator/checksum', ended)) chunks.push(bytes)
  return JSON.parse(Buffer.concat(chunks).toString()) as Checksum
}

/** On one store, and with the same in memory. */
function areEqual(found: readonly Checksum[]): boolean {
  return new Set(found.map(({ epoch, entries, checksum }) => `${epoch} ${entries} ${checksum}`)).size === 1
}

function verdict(found: readonly Checksum[]): string {
  if (areEqual(found)) return 'All nodes have the same.'
  if (new Set(found.map(({ epoch }) => epoch)).size > 1) {
    return 'The nodes are on different stores: store, redis_url and redis_prefix must be the same on all.'
  }
  if (new Set(found.map(({ position }) => String(position))).size > 1 || found.some(({ moving }) => moving)) {
    return 'The nodes differ. They are being changed, or one is behind: see whether its log tells of the store, and ask again.'
  }
  return 'The nodes differ although they have come equally far: are their plugins the same?'
}
