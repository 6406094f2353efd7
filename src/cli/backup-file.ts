// Where a backup goes: a file that gets its name only when it is complete and on the disk, or the standard output.
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { reason } from '../core/errors.ts'
import type { CommandContext } from './context.ts'

export interface BackupTarget {
  write(bytes: Uint8Array): Promise<void>
  /** It is complete. */
  finish(): Promise<void>
  /** It is not, and leaves nothing behind. */
  abandon(): Promise<void>
}

/** An earlier file of this name stays until the new one is complete. Throws an error with a sentence. */
export async function backupFile(file: string): Promise<BackupTarget> {
  const part = `${file}.${process.pid}.part`
  const inWords = (error: unknown): never => {
    throw new Error(`The backup cannot be written to ${file}: ${reason(error)}. That file is as it was before.`)
  }
  const handle = await open(part, 'wx', 0o600).catch(inWords)
  return {
    async write(bytes) {
      await handle.writeFile(bytes).catch(inWords)
    },
    async finish() {
      await handle.sync().catch(inWords)
      await handle.close()
      await rename(part, file).catch(inWords)
      // The name must survive a power cut as well.
      const folder = await open(dirname(file), 'r')
      await folder.sync().finally(() => folder.close())
    },
    async abandon() {
      await handle.close().catch(() => undefined)
      await rm(part, { force: true })
    },
  }
}

/** The standard output, for a pipe. */
export function backupOutput(context: Pick<CommandContext, 'write'>): BackupTarget {
  const nothing = () => Promise.resolve()
  return { write: context.write, finish: nothing, abandon: nothing }
}
