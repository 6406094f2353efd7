// The pages that people read: every Markdown file of the project, with its blocks of code and where they stand.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

/** A fenced block of code. */
export interface Block {
  /** `docs/operating.md:12` */
  readonly place: string
  readonly language: string
  readonly text: string
  /** What the comment right before it says of why the tests do not run it here; undefined without one. */
  readonly mark: Mark | undefined
}

export type Mark = { readonly runBy: string } | { readonly notRun: string }

/** What people are shown: paths in the project, without what is only made for tests. */
export function pagePaths(): readonly string[] {
  const folders = ['docs', 'examples', 'src', 'deploy']
  const below = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
  )
  return [...readdirSync(ROOT), ...below].filter((path) => path.endsWith('.md')).sort()
}

export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The blocks of a page in their order; a mark is `<!-- not run: why -->` or `<!-- run by test/... -->` in the line before. */
export function blocksOf(path: string, markdown: string): readonly Block[] {
  const found: Block[] = []
  for (const match of markdown.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms)) {
    const [, indent = '', language = '', text = ''] = match
    const before = markdown.slice(0, match.index).split('\n')
    const place = `${path}:${before.length}`
    const own = text.split('\n').map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    found.push({ place, language, text: own.join('\n'), mark: markOf(before.at(-2) ?? '') })
  }
  return found
}

function markOf(line: string): Mark | undefined {
  const [, kind, words = ''] = /^ *<!-- (not run:|run by) (.+) -->$/.exec(line) ?? []
  if (kind === undefined) return undefined
  return kind === 'run by' ? { runBy: words } : { notRun: words }
}

/** What is to be typed in a shell: everything of `sh` and `bash`, of `console` what follows a prompt. Undefined: it is no command. */
export function commandsOf({ language, text }: Block): string | undefined {
  if (language === 'sh' || language === 'bash') return text
  if (language !== 'console') return undefined
  return text.replace(/^(?![$#] ).*\n/gm, '').replace(/^[$#] /gm, '')
}
