// What both Debian packages have in common: their control files, and the archive itself.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { changelog, controlFile, type Description, debianVersion, sourceDate } from './control.ts'
import type { Tree } from './files.ts'

/** What a package is made from and where it goes. */
export interface Making {
  /** The checkout. */
  readonly root: string
  /** A folder for what is only needed meanwhile. */
  readonly work: string
  readonly to: string
  readonly version: string
  readonly fast: boolean
}

/** Adds what every package has, and packs it. Returns the path of the archive. */
export function pack(tree: Tree, description: Description, { root, to, version, fast }: Making): string {
  const { name, architecture } = description
  const docs = `usr/share/doc/${name}`
  tree.write(`${docs}/changelog.Debian.gz`, changelog(name, version))
  tree.compress(join(root, 'CHANGELOG.md'), `${docs}/changelog.gz`)
  tree.write('DEBIAN/control', controlFile(description, version, tree.size()))
  tree.write('DEBIAN/md5sums', tree.sums())
  const archive = join(to, `${name}_${debianVersion(version).replace(/^\d+:/, '')}_${architecture}.deb`)
  const compression = fast ? ['-Zgzip', '-z1'] : ['-Zxz']
  execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree.root, archive], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(sourceDate()) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return archive
}
