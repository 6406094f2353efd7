// Puts files where a Debian package has them.

import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** The files of one package in the making. */
export class Tree {
  readonly root: string

  constructor(root: string) {
    this.root = root
    mkdirSync(root, { recursive: true, mode: 0o755 })
  }

  /** A file with this text; `.gz` compresses it, without a date of its own. */
  write(path: string, text: string, mode = 0o644): void {
    const place = this.#place(path)
    writeFileSync(place, path.endsWith('.gz') ? gzipSync(text, { level: 9 }) : text)
    chmodSync(place, mode)
  }

  /** A copy of a file or folder. */
  copy(from: string, path: string, mode?: number): void {
    const place = this.#place(path)
    cpSync(from, place, { recursive: true, dereference: true })
    if (mode !== undefined) chmodSync(place, mode)
  }

  /** A copy of a file, compressed. */
  compress(from: string, path: string): void {
    this.write(path, readFileSync(from, 'utf8'))
  }

  /** Removes the files that are none of a program's own in operation, from every package of a folder node_modules. */
  prune(path: string): void {
    for (const file of this.files(path)) {
      if (!isNeeded(file.slice(path.length + 1))) rmSync(join(this.root, file))
    }
    this.#removeEmpty(path)
  }

  #removeEmpty(path: string): boolean {
    const folder = join(this.root, path)
    const rest = readdirSync(folder, { withFileTypes: true }).filter(
      (entry) => !entry.isDirectory() || !this.#removeEmpty(join(path, entry.name)),
    )
    if (rest.length === 0) rmSync(folder, { recursive: true })
    return rest.length === 0
  }

  /** The paths of all files beneath a path, sorted. */
  files(path = ''): string[] {
    return readdirSync(join(this.root, path), { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1))
      .sort()
  }

  /** Everything readable by all, and what can be run also executable; nobody's umask counts. */
  settleModes(executable: (path: string) => boolean): void {
    for (const entry of readdirSync(this.root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isDirectory()) chmodSync(path, 0o755)
      else if (entry.isFile()) chmodSync(path, executable(path.slice(this.root.length + 1)) ? 0o755 : 0o644)
    }
  }

  /** In KiB. */
  size(): number {
    return this.files().reduce((sum, path) => sum + Math.ceil(statSync(join(this.root, path)).size / 1024), 0)
  }

  /** The file md5sums of the package, by which `debsums` finds what was changed. */
  sums(): string {
    return this.files()
      .filter((path) => !path.startsWith('DEBIAN/') && lstatSync(join(this.root, path)).isFile())
      .map(
        (path) =>
          `${createHash('md5')
            .update(readFileSync(join(this.root, path)))
            .digest('hex')}  ${path}\n`,
      )
      .join('')
  }

  #place(path: string): string {
    const place = join(this.root, path)
    mkdirSync(dirname(place), { recursive: true, mode: 0o755 })
    return place
  }
}

/** Whether a program needs a file in operation, by its path within node_modules. */
export function isNeeded(path: string): boolean {
  // The links of .bin stand beside the packages.
  const inPackage = path.replace(/^(.*node_modules\/)?(?!\.)(@[^/]+\/)?[^/]+\//, '')
  return !UNNEEDED.some((pattern) => pattern.test(inPackage)) || LICENCE.test(inPackage)
}

/** By path within a package of node_modules. */
const UNNEEDED = [
  /^(readme|changelog|changes|history|contributing|security|authors|funding)(\.(txt|rst))?$/i,
  /\.(md|markdown|ts|mts|cts|map|flow|tsbuildinfo|html|ico|png|sh|br|gz)$/,
  /^(tests?|__tests__|integration|benchmarks?|examples?|docs?|assets|coverage|website)\//,
  /(^|\/)\.[^/]+(\/|$)/,
  /^((rollup|webpack|babel|eslint|vite)\.config\.[^/]+|tsconfig[^/]*\.json|biome\.jsonc?|Makefile|CNAME)$/,
  // For browsers.
  /^dist\/browser\//,
  // Sources of native parts, and binaries for other machines: those that are needed came prebuilt.
  /^dependencies\//,
  /\.(c|cc|cpp|h|hpp|gyp|gypi|S|asm)$/,
  /\.musl\.node$/,
]

/** What has to travel with a program, wherever it stands. */
const LICENCE = /(^|\/)(licen[cs]e|copying|copyright)[^/]*$/i
