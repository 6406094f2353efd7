// The reference of what the package exports: complete, explained, and as the types are now.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { apiReference } from '../../../tools/api-reference.ts'
import { readDoor } from '../../../tools/declarations.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '../../..')
const reference = apiReference()

test('every name that the package exports, and every method of it, has a comment', () => {
  assert.deepEqual(reference.mistakes, [])
  assert.ok(reference.count > 50, `only ${reference.count} names were found`)
})

test('docs/api is up to date', () => {
  assert.deepEqual([...reference.pages.keys()], ['docs/api/client.md', 'docs/api/plugin.md'])
  for (const [path, text] of reference.pages) {
    assert.equal(readFileSync(join(ROOT, path), 'utf8'), text, `write ${path} anew: npm run api`)
  }
})

test('each door of package.json with types has a page', () => {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, { readonly types?: string }>>
  }
  const pages = [...reference.pages.values()].join('')
  const files = new Set(Object.values(exports).flatMap(({ types }) => types ?? []))
  assert.ok(files.size >= 3)
  for (const file of files) {
    // The same one may have several names.
    const names = Object.keys(exports).filter((name) => exports[name]?.types === file)
    const isTold = names.some((name) => pages.includes(`\n## From kopano-presence${name.slice(1)}\n`))
    assert.ok(isTold, `no page tells of ${names.join(', ')}; add it to tools/api-reference.ts`)
  }
})

test('a name is told of with its comment and what it uses, through any number of files, and one without a comment is found', (t) => {
  const folder = temporaryFolder(t)
  const write = (name: string, lines: readonly string[]) => writeFileSync(join(folder, name), lines.join('\n'))
  write('door.d.ts', [
    `export type { One } from './one.ts'`,
    '/** Makes things. */',
    `export * as make from './make.ts'`,
  ])
  write('one.d.ts', [
    `import type { Two } from './two.ts'`,
    '/** The first,',
    ' * in two lines. */',
    'export interface One {',
    '    /** Explained. */',
    '    two(): Two',
    '    three(): void',
    '}',
  ])
  write('two.d.ts', ['/** Far away. */', 'export type Two = string'])
  write('make.d.ts', ['export declare function it(): void', 'declare const own: number', 'export {}'])
  const { exported, used, namespaces } = readDoor(join(folder, 'door.d.ts'))
  const [one, it] = exported
  assert.ok(one !== undefined && it !== undefined && exported.length === 2)
  assert.deepEqual([one.name, one.comment, one.silent], ['One', 'The first,\nin two lines.', ['three']])
  assert.equal(one.text, 'interface One {\n  /** Explained. */\n  two(): Two\n  three(): void\n}')
  assert.deepEqual(
    used.map(({ name, comment }) => [name, comment]),
    [['Two', 'Far away.']],
  )
  assert.deepEqual([it.name, it.comment, it.text], ['make.it', '', 'function it(): void'])
  assert.deepEqual([...namespaces], [['make', 'Makes things.']])
})
