// Who uses a data folder: two daemons on one would overwrite each other's presence.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { FatalError, FolderInUseError } from '../core/errors.ts'
import { withRemedy } from './data-folder.ts'

/** Processes are told apart by their number and the moment of their start, since numbers are used again. */
interface Holder {
  readonly pid: number
  readonly started: string
}

/** Gives the folder back. */
export type LetGo = () => Promise<void>

/**
 * Claims a folder through a file in it. Throws FolderInUseError while its last holder runs on this machine; one that was killed holds nothing.
 * Containers that share a folder but no process table can't see each other, and are not told apart.
 */
export async function claim(file: string, folder: string): Promise<LetGo> {
  const self: Holder = { pid: process.pid, started: (await startOf(process.pid)) ?? '' }
  const text = await readFile(file, 'utf8').catch(() => '')
  const holder = parse(text)
  if (holder !== undefined && (await isHeld(text))) {
    throw new FolderInUseError(
      `the data folder ${folder} is in use by process ${holder.pid}; stop that one first, or set data_path to another folder`,
    )
  }
  try {
    await writeFile(file, `${self.pid} ${self.started}\n`, { mode: 0o600 })
  } catch (error) {
    throw new FatalError(`cannot write in the data folder ${folder}: ${withRemedy(error)}`, { cause: error })
  }
  // What is left behind on a disk that has become read-only holds nothing.
  return () => rm(file, { force: true }).catch(() => undefined)
}

/** Whether the process that such a file names has the folder. */
export async function isHeld(text: string): Promise<boolean> {
  const holder = parse(text)
  return holder !== undefined && (await startOf(holder.pid)) === holder.started
}

function parse(text: string): Holder | undefined {
  const found = /^(\d+) (\d+)\n$/.exec(text)
  return found?.[2] === undefined ? undefined : { pid: Number(found[1]), started: found[2] }
}

/** When a process was started, in ticks since the boot (proc(5), stat, field 22); undefined when it isn't there, or can't be known. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The second field is the name in brackets, and may itself have spaces and brackets.
  return stat
    ?.slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .at(19)
}
