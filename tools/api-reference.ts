// Writes docs/api from the types that the package exports: `npm run api`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Declared, type Door, readDoor } from './declarations.ts'

const ROOT = join(import.meta.dirname, '..')

/** A page of the reference, of one or more doors. */
interface Page {
  readonly path: string
  readonly introduction: string
  /** What is imported, and the file of its declarations. */
  readonly doors: ReadonlyArray<readonly [name: string, file: string]>
}

const PAGES: readonly Page[] = [
  {
    path: 'docs/api/client.md',
    introduction:
      'How to use it: [client.md](../client.md). What it speaks to the daemon: [http-api.md](../http-api.md).',
    doors: [
      ['kopano-presence/client', 'client/index.d.ts'],
      ['kopano-presence/client/presence-dot', 'client/presence-dot.d.ts'],
    ],
  },
  {
    path: 'docs/api/plugin.md',
    introduction: 'How to use it: [writing-a-plugin.md](../writing-a-plugin.md).',
    doors: [['kopano-presence/plugin', 'plugin.d.ts']],
  },
]

/** What browsers have, for tests to replace: its methods are explained elsewhere. */
const FOR_TESTS: ReadonlySet<string> = new Set(['Surroundings'])

const KINDS = ['class', 'function', 'constant', 'type'] as const

export interface Reference {
  /** The text of each page, by its path in the project. */
  readonly pages: ReadonlyMap<string, string>
  /** What says nothing of itself: sentences with the remedy. */
  readonly mistakes: readonly string[]
  /** How many names are told of. */
  readonly count: number
}

/** The whole reference, of the sources as they are now. */
export function apiReference(): Reference {
  const declarations = mkdtempSync(join(tmpdir(), 'presence-api-'))
  try {
    const words = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', declarations]
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...words], { cwd: ROOT, encoding: 'utf8' })
    if (status !== 0) throw new Error(`The sources do not compile:\n${stdout}`)
    const pages = new Map<string, string>()
    const all: Declared[] = []
    const mistakes: string[] = []
    for (const page of PAGES) {
      const doors = page.doors.map(([name, file]) => ({ name, door: readDoor(join(declarations, file)) }))
      pages.set(page.path, pageOf(page, doors))
      for (const { name, door } of doors) {
        all.push(...door.exported, ...door.used)
        for (const { name: type, silent } of door.exported) {
          if (FOR_TESTS.has(type)) continue
          for (const method of silent) mistakes.push(`${type}.${method}() has no doc comment; say what it does`)
        }
        for (const [namespace, comment] of door.namespaces) {
          if (comment === '') mistakes.push(`${namespace} of ${name} has no doc comment; say what it is for`)
        }
      }
    }
    for (const { name, comment } of all) {
      if (comment === '') mistakes.push(`${name} has no doc comment; say what it is for`)
    }
    return { pages, mistakes: [...new Set(mistakes)], count: all.length }
  } finally {
    rmSync(declarations, { recursive: true })
  }
}

function pageOf(
  { introduction, path }: Page,
  doors: ReadonlyArray<{ readonly name: string; readonly door: Door }>,
): string {
  const lines = [`# Every name of ${doors[0]?.name ?? path}`, '']
  lines.push(
    'For looking up what a name means, in TypeScript. Made from the types by `npm run api`; a test fails when it is not up to',
  )
  lines.push(`date. ${introduction}`, '')
  const told = new Map<string, Declared>()
  for (const { name, door } of doors) {
    const sorted = KINDS.flatMap((kind) => door.exported.filter((one) => one.kind === kind))
    lines.push(`## From ${name}`, '', '| name | |', '|---|---|')
    for (const one of sorted) lines.push(`| ${link(one)} | ${cell(one)} |`)
    lines.push('', ...section(sorted, told, door))
  }
  const used = doors.flatMap(({ door }) => door.used).filter((one) => !told.has(one.id))
  if (used.length > 0) {
    lines.push('## What these use', '', 'Parts of the types above, which have no door of their own.', '')
    for (const { door } of doors) lines.push(...section(door.used, told, door))
  }
  return `${lines.join('\n').trimEnd()}\n`
}

/** The entries of those who were not told of yet. */
function section(names: readonly Declared[], told: Map<string, Declared>, door: Door): string[] {
  const all = new Map([...door.exported, ...door.used].map((one) => [one.id, one]))
  const lines: string[] = []
  const namespaces = new Set<string>()
  for (const one of names) {
    if (told.has(one.id)) continue
    told.set(one.id, one)
    const [namespace = ''] = one.name.split('.')
    const comment = door.namespaces.get(namespace)
    if (comment !== undefined && !namespaces.has(namespace)) {
      namespaces.add(namespace)
      lines.push(`### ${namespace}`, '', prose(comment), '')
    }
    lines.push(`### ${one.name}`, '', prose(one.comment), '', '```ts', one.text, '```', '')
    const uses = one.uses.flatMap((id) => all.get(id) ?? []).filter((other) => other.id !== one.id)
    if (uses.length > 0) lines.push(`Uses ${uses.map(link).join(', ')}.`, '')
  }
  return lines
}

function link({ name }: Declared): string {
  return `[\`${name}\`](#${name.toLowerCase().replaceAll('.', '')})`
}

/** A class, function and so on, and its first sentence. */
function cell({ kind, comment }: Declared): string {
  const [sentence = ''] = prose(comment).split(/(?<=\.)\s/)
  return `${kind === 'type' ? '' : `${kind}: `}${sentence.replace(/\.$/, '').replaceAll('|', '\\|')}`
}

/** A comment as a paragraph of Markdown. */
function prose(comment: string): string {
  return comment.replace(/\s*\n\s*/g, ' ')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { pages, mistakes } = apiReference()
  for (const mistake of mistakes) console.error(mistake)
  if (mistakes.length > 0) process.exitCode = 1
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true })
    writeFileSync(join(ROOT, path), text)
  }
}
