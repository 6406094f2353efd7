// The file copyright of the package: whose the programs in it are, and under which terms (DEP 5).
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KNOWN } from '../dependency-rules.ts'

interface Module {
  readonly folder: string
  readonly name: string
  readonly licence: string
  readonly holders: readonly string[]
  readonly text: string
}

/** `root` is where the package's files are, `lib` the folder of the program in it, without a slash in front. */
export function copyrightFile(root: string, lib: string, licence: string): string {
  const modules = installedModules(join(root, lib, 'node_modules')).map((module) => ({
    ...module,
    folder: module.folder.slice(root.length + 1),
  }))
  const texts = new Map<string, string>()
  const paragraphs = modules.map(({ folder, name, licence: id, holders, text }) => {
    const label = licenceLabel(id, text, texts)
    const people = holders.length === 0 ? [`the authors of ${name}`] : holders
    return `Files: ${folder}/*\nCopyright: ${people.join('\n           ')}\nLicense: ${label}\n`
  })
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: kopano-presence\n',
    `Files: *\nCopyright: ${holdersIn(licence).join('\n           ')}\nLicense: ${licenceLabel('MIT', licence, texts)}\n`,
    ...paragraphs,
    ...[...texts].map(([text, label]) => `License: ${label}\n${indented(text)}\n`),
  ].join('\n')
}

/** The same words need to be there only once; another text under the same name gets a name of its own. */
function licenceLabel(id: string, text: string, texts: Map<string, string>): string {
  // Debian has this one in a place of its own.
  if (id === 'Apache-2.0') {
    texts.set('On Debian systems its text is in /usr/share/common-licenses/Apache-2.0.', id)
    return id
  }
  const terms = text.replace(/^.*copyright (\(c\)|©|\d).*$/gim, '').trim()
  const known = texts.get(terms)
  if (known !== undefined) return known
  const name = id.replace(/[()]/g, '').replaceAll(' ', '-')
  const same = [...texts.values()].filter((label) => label === name || label.startsWith(`${name}-v`)).length
  const label = same === 0 ? name : `${name}-v${same + 1}`
  texts.set(terms, label)
  return label
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`))
    .join('\n')
}

function installedModules(folder: string): Module[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap(({ name }) => {
      const path = join(folder, name)
      return name.startsWith('@')
        ? installedModules(path)
        : [moduleAt(path), ...installedModules(join(path, 'node_modules'))]
    })
}

function moduleAt(folder: string): Module {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const licence = KNOWN.get(`${name}@${version}`) ?? (typeof license === 'string' ? license : license?.type)
  if (typeof licence !== 'string') throw new Error(`${name} names no licence; see tools/dependency-rules.ts`)
  const file = readdirSync(folder).find((file) => /^(licen[cs]e|copying)/i.test(file))
  const text =
    file === undefined ? `See ${name} in its registry: ${licence}.` : readFileSync(join(folder, file), 'utf8')
  const people = holdersIn(text)
  const writer = typeof author === 'string' ? author : author?.name
  return { folder, name, licence, text, holders: people.length === 0 && writer !== undefined ? [writer] : people }
}

/** Those whom the lines "Copyright ..." name. */
function holdersIn(text: string): string[] {
  const lines = [...text.matchAll(/^[\s*#]*copyright (?:\(c\)|©|(?=\d))\s*(.+)$/gim)].map(([, holder = '']) =>
    holder.trim(),
  )
  return [...new Set(lines)].slice(0, 20)
}
