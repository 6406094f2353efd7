// `kopano-presence restore FILE`: gives a backup back to the running daemon.
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { reason } from '../core/errors.ts'
import { type ClientFlags, withUrl } from './arguments.ts'
import type { CommandContext } from './context.ts'
import { type Operator, reachAsOperator } from './operator.ts'

/** How much is sent at once, in bytes: less than any daemon refuses. */
const PIECE = 256 * 1024
const GZIP = Buffer.from([0x1f, 0x8b])

interface Flags extends ClientFlags {
  readonly keepNewer?: boolean
}

/** A line of the daemon's answer: how far it is, or how it ended. */
interface Told {
  readonly read?: number
  readonly restored?: number
  readonly withdrawn?: number
  readonly passedOver?: number
  readonly done?: boolean
  readonly made?: string
  readonly error?: string
}

export function addRestore(program: Command, context: CommandContext): void {
  withUrl(program.command('restore'))
    .description('make what clients have published what it was in a backup, in the running daemon')
    .argument('<FILE>', 'what "backup" has saved, or "-" for the standard input')
    .option('--keep-newer', 'what was published after the backup stays')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>()
      const operator = await reachAsOperator(flags, context)
      const ended = context.ended()
      await (name === '-' ? send(context.input(), operator, ended, context) : sendFile(name, operator, ended, context))
      const path = `operator/restore${flags.keepNewer === true ? '?keep_newer' : ''}`
      const { made, restored, withdrawn, passedOver } = await follow(await operator.ask('POST', path, ended), context)
      context.progress?.('')
      context.err(`Restored the backup of ${made}: ${numbers({ restored, withdrawn, 'passed over': passedOver })}.`)
    })
}

async function sendFile(name: string, operator: Operator, ended: AbortSignal, context: CommandContext): Promise<void> {
  const handle = await open(resolve(context.folder, name), 'r').catch((error: unknown) => {
    throw new Error(`The backup ${name} cannot be read: ${reason(error)}.`)
  })
  try {
    const { size } = await handle.stat()
    await send(handle.createReadStream({ autoClose: false }), operator, ended, context, size)
  } finally {
    await handle.close()
  }
}

async function send(
  bytes: AsyncIterable<Uint8Array>,
  operator: Operator,
  ended: AbortSignal,
  { progress }: CommandContext,
  size?: number,
): Promise<void> {
  let offset = 0
  for await (const piece of pieces(bytes)) {
    if (offset === 0 && GZIP.equals(piece.subarray(0, 2))) {
      throw new Error('The backup is compressed; unpack it: gunzip -c FILE | kopano-presence restore -')
    }
    for await (const _ of await operator.ask('PUT', `operator/restore?offset=${offset}`, ended, piece));
    offset += piece.length
    progress?.(size === undefined ? `${offset.toLocaleString('en')} bytes sent` : `${percent(offset, size)} sent`)
  }
  progress?.('The daemon reads the backup')
}

/** Always at least one, which may be empty. */
async function* pieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const chunk of bytes) {
    waiting.push(chunk)
    length += chunk.length
    if (length < PIECE) continue
    yield Buffer.concat(waiting)
    waiting = []
    length = 0
  }
  yield Buffer.concat(waiting)
}

/** Resolves with the last word about the numbers. Throws when the daemon could not go on to the end. */
async function follow(answer: AsyncIterable<Uint8Array>, { progress }: CommandContext): Promise<Told> {
  let last: Told = {}
  for await (const line of linesOf(answer)) {
    const told = JSON.parse(line) as Told
    if (told.error !== undefined) break
    if (told.done === true) return { ...last, ...told }
    last = told
    progress?.(numbers({ read: told.read, restored: told.restored, withdrawn: told.withdrawn }))
  }
  throw new Error(`The backup was restored in part only, as the log of the daemon tells; give the command again.`)
}

async function* linesOf(answer: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of answer) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

/** Such as "1,000 read, 2 restored". */
export function numbers(named: Readonly<Record<string, number | undefined>>): string {
  const words = Object.entries(named).map(([name, number = 0]) => `${number.toLocaleString('en')} ${name}`)
  return words.join(', ')
}

function percent(part: number, whole: number): string {
  return `${Math.floor((100 * part) / Math.max(whole, part, 1))} %`
}
