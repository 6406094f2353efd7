// What a Debian package says of itself: control fields, its changelog, and the version by Debian's rules.
import { execFileSync } from 'node:child_process'

export interface Description {
  readonly name: string
  readonly architecture: string
  readonly fields: Readonly<Record<string, string>>
  readonly summary: string
  /** Paragraphs. */
  readonly text: readonly string[]
}

/** Kopano's own package of this name went up to 11; the epoch makes this one its successor (deb-version(7)). */
const EPOCH = 1

/** `1.0.0-alpha.1` is before `1.0.0`, for which Debian has the tilde. */
export function debianVersion(version: string): string {
  return `${EPOCH}:${version.replaceAll('-', '~')}-1`
}

/** As Debian's own tools take it from the environment, else whoever made the last commit. */
export function maintainer(): string {
  const { DEBFULLNAME: name = 'kopano-presence', DEBEMAIL: address } = process.env
  return address === undefined ? git('%an <%ae>') : `${name} <${address}>`
}

/** Seconds since 1970: of the last commit, so that the same sources make the same package. */
export function sourceDate(): number {
  return Number(process.env.SOURCE_DATE_EPOCH ?? git('%ct'))
}

function git(format: string): string {
  try {
    return execFileSync('git', ['log', '-1', `--format=${format}`], { encoding: 'utf8' }).trim()
  } catch {
    throw new Error('This is no checkout of git. Set DEBEMAIL (and DEBFULLNAME) and SOURCE_DATE_EPOCH.')
  }
}

/** The file control; the size is in KiB. */
export function controlFile(description: Description, version: string, size: number): string {
  const { name, architecture, fields, summary, text } = description
  const all = {
    ...{ Package: name, Version: debianVersion(version), Architecture: architecture, Maintainer: maintainer() },
    ...{ 'Installed-Size': String(size), Section: 'net', Priority: 'optional', ...fields },
    Description: [summary, ...text.map(wrapped)].join('\n').replaceAll('\n\n', '\n .\n'),
  }
  return Object.entries(all)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('')
}

/** A paragraph of a description, after an empty line unless it is the first. */
function wrapped(paragraph: string, index: number): string {
  const lines = ['']
  for (const word of paragraph.split(' ')) {
    const line = `${lines.at(-1)} ${word}`
    if (line.length <= 79) lines.splice(-1, 1, line)
    else lines.push(` ${word}`)
  }
  return (index === 0 ? '' : '\n') + lines.join('\n')
}

/** What changed in the package; what changed in the program is in its own changelog. */
export function changelog(name: string, version: string): string {
  const date = new Date(sourceDate() * 1000).toUTCString().replace('GMT', '+0000')
  return `${name} (${debianVersion(version)}) unstable; urgency=medium

  * Version ${version}; see changelog.gz for what operators will notice.

 -- ${maintainer()}  ${date}
`
}
