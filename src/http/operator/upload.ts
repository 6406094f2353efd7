// A backup on its way in: kept in a file until it is complete, so that nothing of it counts before all of it is seen to be sound.
import { constants } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { reason } from '../../core/errors.ts'
import { unavailable } from '../failures.ts'

/** How much is read at once, in bytes. */
const CHUNK = 64 * 1024

export class Upload {
  readonly #file: string
  #handle: FileHandle | undefined
  #size = 0

  /** In this folder, for the daemon's account alone. */
  constructor(folder: string) {
    this.#file = join(folder, 'restore.part')
  }

  get size(): number {
    return this.#size
  }

  /** Begins anew. */
  async begin(): Promise<void> {
    await this.discard()
    const { O_RDWR, O_CREAT, O_EXCL } = constants
    this.#handle = await this.#writing(() => open(this.#file, O_RDWR | O_CREAT | O_EXCL, 0o600))
  }

  /** Takes the next piece. Rejects with a Problem when there is no room for it. */
  async append(bytes: Buffer): Promise<void> {
    const handle = this.#handle
    if (handle === undefined) throw new TypeError('no upload was begun')
    let done = 0
    while (done < bytes.length) {
      const rest = bytes.subarray(done)
      const { bytesWritten } = await this.#writing(() => handle.write(rest, 0, rest.length, this.#size))
      done += bytesWritten
      this.#size += bytesWritten
    }
  }

  /** Everything, from the beginning; can be read several times. Rejects when it is discarded meanwhile. */
  async *bytes(): AsyncGenerator<Buffer> {
    const handle = this.#handle
    if (handle === undefined) return
    let position = 0
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK)
      // An end that comes too early would look like one of a damaged backup.
      if (this.#handle !== handle) throw new Error('the daemon is stopping')
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, position)
      if (bytesRead === 0) return
      position += bytesRead
      yield chunk.subarray(0, bytesRead)
    }
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    this.#size = 0
    await handle?.close()
    // What a daemon has left that was killed goes as well.
    await rm(this.#file, { force: true }).catch(() => undefined)
  }

  async #writing<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      throw unavailable(`There is no room for the backup while it comes in, in ${this.#file}: ${reason(error)}.`)
    }
  }
}
