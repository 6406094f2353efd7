// The data folder before the database in it is opened: made if missing, and what is wrong with it in words.
import { chmod, mkdir, open } from 'node:fs/promises'
import { FatalError, reason } from '../core/errors.ts'

/** What to do about an error of the operating system, by its code. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  [
    'EACCES',
    'the account of the daemon has no right to it; give it to that account with chown, or set data_path to another folder',
  ],
  [
    'EPERM',
    'the account of the daemon has no right to it; give it to that account with chown, or set data_path to another folder',
  ],
  ['EROFS', 'its file system is read-only; mount it for writing, or set data_path to another folder'],
  ['ENOTDIR', 'a part of it is a file, not a folder; set data_path to a folder'],
  ['EEXIST', 'it is a file, not a folder; set data_path to a folder'],
  ['EISDIR', 'it is a folder, not a file; move it away'],
  ['ENOSPC', 'the disk is full; free some space, or set data_path to another disk'],
  ['EFBIG', 'the file has reached the size that it may have; raise the limit on the size of files (ulimit -f)'],
  ['EIO', 'the disk is full or faulty; free some space, and look into the log of the kernel'],
  ['EDQUOT', 'the disk quota is used up; raise it or free some space'],
])

/** The error numbers of Linux that LMDB gives instead of names. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'EPERM'],
  [5, 'EIO'],
  [13, 'EACCES'],
  [17, 'EEXIST'],
  [20, 'ENOTDIR'],
  [28, 'ENOSPC'],
  [30, 'EROFS'],
  [122, 'EDQUOT'],
])

/** The error's own words, and what to do about it where that is known. */
export function withRemedy(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const name = typeof code === 'number' ? NAMES.get(code) : String(code)
  const remedy = name === undefined ? undefined : REMEDIES.get(name)
  return remedy === undefined ? reason(error) : `${remedy} (${name})`
}

/** Makes the folder, for the daemon's account alone, unless it is there. Throws FatalError. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 })
    // The mask of the process may have taken even the owner's rights.
    if (made !== undefined) await chmod(folder, 0o700)
  } catch (error) {
    throw new FatalError(`cannot make the data folder ${folder}: ${withRemedy(error)}`, { cause: error })
  }
}

/** The size in bytes of a file that can be read and written; undefined when there is none. Throws FatalError. */
export async function usableSize(file: string): Promise<number | undefined> {
  try {
    const handle = await open(file, 'r+')
    const found = await handle.stat().finally(() => handle.close())
    return found.size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new FatalError(`cannot use the database ${file}: ${withRemedy(error)}`, { cause: error })
  }
}
