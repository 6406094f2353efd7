// Reads small files that an administrator names: never hangs on what is no file, and never reads without end.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

export interface PlainFile {
  readonly content: Buffer
  /** Whether every account of the machine may read it. */
  readonly isPublic: boolean
}

/** Room for what is written by hand: certificates of an authority, a secret, a configuration. In bytes. */
const LIMIT = 16 * 1024 * 1024
const PIECE = 64 * 1024
const OTHERS_MAY_READ = 0o004

/** Rejects with the error of the file system, or with one that says what stands there instead of a file. */
export async function readPlainFile(path: string, limit = LIMIT): Promise<PlainFile> {
  // Without the flag, opening a FIFO waits until somebody writes to it.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new Error(`it is ${stats.isDirectory() ? 'a folder' : 'no regular file'}`)
    if (stats.size > limit) throw tooLarge(limit)
    return { content: await readAll(handle, limit), isPublic: (stats.mode & OTHERS_MAY_READ) !== 0 }
  } finally {
    await handle.close()
  }
}

/** The size that it had may be that of a moment ago. */
async function readAll(handle: FileHandle, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for (;;) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(PIECE), 0, PIECE)
    if (bytesRead === 0) return Buffer.concat(pieces)
    length += bytesRead
    if (length > limit) throw tooLarge(limit)
    pieces.push(buffer.subarray(0, bytesRead))
  }
}

function tooLarge(limit: number): Error {
  return new Error(`it is larger than ${limit} bytes`)
}
