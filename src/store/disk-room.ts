// Room on the disk, taken before LMDB writes: where its own writes of pages fail, it can end the process.
import { type FileHandle, open } from 'node:fs/promises'

/*
 * When a page can't be written, the LMDB of the lmdb package (3.5.6, mdb_page_flush) prints its reason into a buffer that is too
 * small for it. So the file is always filled with zeros some way beyond its last page: on a full disk it is this filling that fails, here, in
 * good order. On file systems that write elsewhere whatever is overwritten (btrfs, ZFS) this is no guarantee.
 */

/** How much is written at once, in bytes. */
const ZEROS = Buffer.alloc(256 * 1024)

export class DiskRoom {
  readonly #handle: FileHandle
  #size: number

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.#size = size
  }

  /** For a file that exists. */
  static async open(file: string): Promise<DiskRoom> {
    const handle = await open(file, 'r+')
    const { size } = await handle.stat()
    return new DiskRoom(handle, size)
  }

  /** Sees to it that the file has so many bytes. Throws the error of the operating system when it can't; the file then has the size that it had. */
  async provide(size: number): Promise<void> {
    const before = this.#size
    try {
      while (this.#size < size) {
        const { bytesWritten } = await this.#handle.write(ZEROS, 0, undefined, this.#size)
        this.#size += bytesWritten
      }
    } catch (error) {
      // What is left of the disk is not kept from others, who may need it more.
      await this.#handle.truncate(before)
      this.#size = before
      throw error
    }
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}
