// A small real disk: an ext4 file system in a file, which a test can fill up, and break as a dying disk would.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const SIZE = 24 * 1024 * 1024

export class SmallDisk {
  readonly #folder = mkdtempSync(join(tmpdir(), 'presence-disk-'))
  /** Where its files are. */
  readonly path = join(this.#folder, 'disk')
  readonly #filler = join(this.path, 'filler')

  private constructor() {
    const image = join(this.#folder, 'image')
    writeFileSync(image, '')
    truncateSync(image, SIZE)
    run('mkfs.ext4', '-q', '-m', '0', image)
    mkdirSync(this.path)
    run('mount', '-o', 'loop,errors=remount-ro', image, this.path)
  }

  /** Undefined, with the reason, where the test may not mount. */
  static make(skip: (reason: string) => void): SmallDisk | undefined {
    try {
      return new SmallDisk()
    } catch (error) {
      skip(`no disk of its own can be mounted here: ${error instanceof Error ? error.message : error}`)
      return undefined
    }
  }

  /** To the last block. */
  fill(): void {
    const file = openSync(this.#filler, 'w')
    try {
      for (let size = 1024 * 1024; size >= 512; ) {
        try {
          writeSync(file, Buffer.alloc(size, 1))
        } catch {
          size /= 2
        }
      }
    } finally {
      closeSync(file)
    }
  }

  makeRoom(): void {
    rmSync(this.#filler)
  }

  /** What the kernel does when it meets an error on the disk: from now on it can only be read. */
  fail(): void {
    const device = run('findmnt', '-no', 'SOURCE', this.path).trim()
    writeFileSync(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, 'a test')
  }

  /** Takes it out and, repaired, puts it in again. Nobody may use it then. */
  repair(): void {
    run('umount', this.path)
    const image = join(this.#folder, 'image')
    try {
      run('fsck.ext4', '-p', image)
    } catch {
      // It tells with its exit code that it has mended something.
    }
    run('mount', '-o', 'loop,errors=remount-ro', image, this.path)
  }

  setReadOnly(readOnly: boolean): void {
    run('mount', '-o', `remount,${readOnly ? 'ro' : 'rw'}`, this.path)
  }

  remove(): void {
    run('umount', '-l', this.path)
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function run(program: string, ...words: readonly string[]): string {
  return execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
