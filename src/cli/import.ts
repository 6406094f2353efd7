// `kopano-presence import FILE`: puts what "export" has saved into the store of presence.cfg.
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { BackupError } from '../core/backup/errors.ts'
import { type ImportProgress, importBackup } from '../core/backup/importing.ts'
import { BackupReader } from '../core/backup/text.ts'
import { reason, SavingError } from '../core/errors.ts'
import type { ClientFlags } from './arguments.ts'
import { loadChosen } from './chosen-configuration.ts'
import type { CommandContext, OpenedStore } from './context.ts'
import { NEEDED } from './export.ts'
import { progressBar } from './progress-bar.ts'
import { numbers } from './restore.ts'

export function addImport(program: Command, context: CommandContext): void {
  program
    .command('import')
    .description('put what "export" has saved into the store named by presence.cfg; what is newer there stays')
    .argument('<FILE>', 'what "export" has saved')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const configuration = await loadChosen(command.optsWithGlobals<ClientFlags>().config, context, NEEDED)
      const file = await ImportFile.open(name, context)
      try {
        const { reader, entries } = await file.check()
        const opened = await context.daemon.openStore(configuration, { make: true })
        try {
          const { written, kept, gone } = await bring(file, reader, entries, opened, context)
          context.progress?.('')
          const made = new Date(reader.facts.made).toISOString()
          context.err(
            `Imported the state of ${made}: ${numbers({ written, 'kept as they are': kept, 'gone since': gone })}.`,
          )
        } finally {
          await opened.close()
        }
      } finally {
        await file.close()
      }
    })
}

async function bring(
  file: ImportFile,
  reader: BackupReader,
  whole: number,
  { store, lead }: OpenedStore,
  context: CommandContext,
): Promise<ImportProgress> {
  const ended = context.ended()
  const ahead = lead()
  let last: ImportProgress = { read: 0, written: 0, kept: 0, gone: 0 }
  try {
    const times = { now: context.now() - ahead, lead: ahead }
    for await (const progress of importBackup(file.entries(ahead), reader, store, times)) {
      ended.throwIfAborted()
      last = progress
      context.progress?.(progressBar(last.read, whole, `${last.read.toLocaleString('en')} entries`))
    }
    return last
  } catch (error) {
    if (!(error instanceof SavingError) && !ended.aborted) throw error
    const why = ended.aborted ? 'it was told to end' : reason(error)
    throw new Error(`Imported in part only (${numbers({ written: last.written })}): ${why}. Give the command again.`)
  }
}

/** Read twice: nothing of it counts before all of it is seen to be sound. */
class ImportFile {
  readonly #name: string
  readonly #handle: Awaited<ReturnType<typeof open>>
  readonly #progress: CommandContext['progress']

  private constructor(name: string, handle: Awaited<ReturnType<typeof open>>, progress: CommandContext['progress']) {
    this.#name = name
    this.#handle = handle
    this.#progress = progress
  }

  static async open(name: string, { folder, progress }: CommandContext): Promise<ImportFile> {
    const handle = await open(resolve(folder, name), 'r').catch((error: unknown) => {
      throw new Error(`${name} cannot be read: ${reason(error)}.`)
    })
    return new ImportFile(name, handle, progress)
  }

  /** What the file says of itself, and how many entries it has. Throws an error with a sentence when it is not sound. */
  async check(): Promise<{ readonly reader: BackupReader; readonly entries: number }> {
    const { size } = await this.#handle.stat()
    const reader = new BackupReader()
    let entries = 0
    let read = 0
    const counted = async function* (bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of bytes) {
        read += chunk.length
        yield chunk
      }
    }
    try {
      for await (const _ of reader.entries(counted(this.#bytes()), 0)) {
        entries += 1
        if (entries % 1_000 === 0) this.#progress?.(progressBar(read, size, 'checked'))
      }
      return { reader, entries }
    } catch (error) {
      if (!(error instanceof BackupError)) throw error
      this.#progress?.('')
      throw new Error(`${this.#name}: ${error.message} Nothing was changed.`)
    }
  }

  entries(lead: number) {
    return new BackupReader().entries(this.#bytes(), lead)
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  #bytes(): AsyncIterable<Buffer> {
    return this.#handle.createReadStream({ autoClose: false, start: 0 })
  }
}
