// `kopano-presence backup FILE`: saves what the running daemon has saved.
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { BackupError } from '../core/backup/errors.ts'
import { BackupReader } from '../core/backup/text.ts'
import { type ClientFlags, withUrl } from './arguments.ts'
import { type BackupTarget, backupFile, backupOutput } from './backup-file.ts'
import type { CommandContext } from './context.ts'
import { reachAsOperator } from './operator.ts'
import { progressBar } from './progress-bar.ts'

/** After so many entries the progress is shown anew. */
const STEP = 1_000

export function addBackup(program: Command, context: CommandContext): void {
  withUrl(program.command('backup'))
    .description('save everything that the running daemon keeps of users to a file')
    .argument('<FILE>', 'the file, or "-" for the standard output')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const operator = await reachAsOperator(command.optsWithGlobals<ClientFlags>(), context)
      const ended = context.ended()
      await keep(await operator.ask('GET', 'operator/backup', ended), name, context)
      if (!operator.hasOwnSecret || context.progress === undefined) return
      context.err(
        `The secret is not among them: keep a copy of ${join(operator.dataPath, 'secret')} in a safe place, too.`,
      )
    })
}

/** Keeps a backup, as it comes, in a file of this name, or "-" for the standard output; and says so. */
export async function keep(answer: AsyncIterable<Uint8Array>, name: string, context: CommandContext): Promise<void> {
  const target = name === '-' ? backupOutput(context) : await backupFile(resolve(context.folder, name))
  const count = await receive(answer, target, context).catch(async (error: unknown) => {
    await target.abandon()
    if (!(error instanceof BackupError)) throw error
    throw new Error(`What came is not a whole backup, and was not kept. ${error.message}`)
  })
  context.progress?.('')
  context.err(`Saved ${count.toLocaleString('en')} entries${name === '-' ? '' : ` to ${name}`}.`)
}

/** Reads it as a restore would, so that only what can be restored is a backup. Returns how many entries there are. */
async function receive(
  answer: AsyncIterable<Uint8Array>,
  target: BackupTarget,
  { progress }: CommandContext,
): Promise<number> {
  const passing = async function* () {
    for await (const bytes of answer) {
      await target.write(bytes)
      yield bytes
    }
  }
  let count = 0
  const reader = new BackupReader()
  for await (const _ of reader.entries(passing(), 0)) {
    count += 1
    if (count % STEP === 0) {
      progress?.(progressBar(count, reader.facts.about ?? 0, `${count.toLocaleString('en')} entries`))
    }
  }
  await target.finish()
  return count
}
