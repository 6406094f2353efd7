// The house keeps its shape: who may import whom, no circles, one duty a file.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Arrow, type Arrows, checkArchitecture, type Rules } from '../support/architecture.ts'

const ROOT = join(import.meta.dirname, '../..')
const SRC = join(ROOT, 'src')

/** As docs/architecture.md draws them. */
const ARROWS = arrows({
  core: [],
  config: ['core'],
  store: ['core'],
  http: ['core'],
  system: ['core'],
  net: ['core'],
  plugins: ['core', 'net', 'types of config'],
  contract: ['core'],
  'plugin.ts': ['core', 'contract'],
  client: [],
  board: ['client'],
  cli: ['client', 'config', 'core'],
  daemon: ['core', 'config', 'store', 'http', 'system', 'plugins'],
  'daemon.ts': ['daemon', 'core', 'config', 'store', 'http', 'system', 'plugins', 'board'],
  'main.ts': ['cli', 'daemon.ts'],
})

const RULES: Rules = {
  arrows: ARROWS,
  packages: new Set(Object.keys(packageJson().dependencies)),
  // Bundled into the page, so the daemon does without it.
  roomPackages: new Map([['board', new Set(['preact'])]]),
  // Plugins of others are packages whose names presence.cfg tells.
  computedImports: new Set(['plugins/registry.ts']),
  longestFile: 250,
}

function arrows(drawn: Record<string, readonly string[]>): Arrows {
  const arrow = (to: string): [string, Arrow] =>
    to.startsWith('types of ') ? [to.slice('types of '.length), 'types'] : [to, 'all']
  return new Map(Object.entries(drawn).map(([from, targets]) => [from, new Map(targets.map(arrow))]))
}

function packageJson(): { dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
}

function sources(): Map<string, string> {
  const paths = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => /\.[cm]?[jt]sx?$/.test(path))
  return new Map(paths.map((path) => [path, readFileSync(join(SRC, path), 'utf8')]))
}

/** What is wrong with the real house once it has some files more, or other ones, and was not wrong before. */
function planted(files: Record<string, string>): readonly string[] {
  const all = sources()
  const before = new Set(checkArchitecture(all, RULES).violations)
  for (const [path, text] of Object.entries(files)) all.set(path, `// A file that a test has planted here.\n${text}\n`)
  return checkArchitecture(all, RULES).violations.filter((violation) => !before.has(violation))
}

test('every module keeps to the allowed arrows, is in no circle, tells its duty and is short', () => {
  assert.deepEqual(checkArchitecture(sources(), RULES).violations, [])
})

test('the check has seen every module and every import', () => {
  const { modules, arrows: followed } = checkArchitecture(sources(), RULES)
  // Counted by other means, so that the check can't pass over something unseen.
  const files = execFileSync('find', [SRC, '-type', 'f', '-regex', String.raw`.*\.[cm]?[jt]sx?`], { encoding: 'utf8' })
    .trim()
    .split('\n')
  assert.equal(modules, files.length)
  assert.ok(modules > 20, `${modules} modules`)
  const written = files.flatMap(
    (path) => readFileSync(path, 'utf8').match(/(\bfrom |\bimport\(|^import )'\.{1,2}\/.*\.[cm]?[jt]sx?'/gm) ?? [],
  )
  assert.equal(followed, written.length)
  assert.ok(followed > 50, `${followed} imports`)
})

const WRONG: ReadonlyArray<[what: string, files: Record<string, string>, expected: RegExp]> = [
  [
    'core that imports the store',
    { 'core/x.ts': "import { a } from '../store/x.ts'", 'store/x.ts': '' },
    /^core\/x\.ts .* core must not know store$/,
  ],
  [
    'core that imports a type of http',
    { 'core/x.ts': "import type { A } from '../http/x.ts'", 'http/x.ts': '' },
    /core must not know http/,
  ],
  [
    'http that imports a plugin',
    { 'http/x.ts': "import '../plugins/x.ts'", 'plugins/x.ts': '' },
    /http must not know plugins/,
  ],
  [
    'net that imports a plugin',
    { 'net/x.ts': "import '../plugins/x.ts'", 'plugins/x.ts': '' },
    /net must not know plugins/,
  ],
  [
    'a store that exports from config',
    { 'store/x.ts': "export * from '../config/x.ts'", 'config/x.ts': '' },
    /store must not know config/,
  ],
  [
    'a store that exports one name from http',
    { 'store/x.ts': "export { a } from '../http/x.ts'", 'http/x.ts': '' },
    /store must not know http/,
  ],
  [
    'an empty export from elsewhere',
    { 'store/x.ts': "export {} from '../http/x.ts'", 'http/x.ts': '' },
    /store must not know http/,
  ],
  [
    'a dynamic import',
    { 'client/x.ts': "export const a = () => import('../core/x.ts')", 'core/x.ts': '' },
    /client must not know core/,
  ],
  [
    'a dynamic import as a template',
    { 'client/x.ts': 'export const a = () => import(`../core/x.ts`)', 'core/x.ts': '' },
    /client must not know core/,
  ],
  [
    'an import inside a type',
    { 'client/x.ts': "export type A = import('../core/x.ts').A", 'core/x.ts': '' },
    /client must not know core/,
  ],
  [
    'a require',
    { 'client/x.ts': "declare const require: (a: string) => unknown\nrequire('../core/x.ts')", 'core/x.ts': '' },
    /client must not know core/,
  ],
  [
    'a computed import',
    { 'http/x.ts': "const name = '../store/x.ts'\nawait import(name)" },
    /http\/x\.ts imports a module whose name is computed/,
  ],
  [
    'a plugin that imports more than types of config',
    { 'plugins/x.ts': "import { a } from '../config/x.ts'", 'config/x.ts': '' },
    /plugins may only import types of config/,
  ],
  [
    'a type among values',
    { 'plugins/x.ts': "import { type A } from '../config/x.ts'", 'config/x.ts': '' },
    /plugins may only import types of config/,
  ],
  [
    'a plugin that imports another',
    { 'plugins/x/index.ts': "import '../y/index.ts'", 'plugins/y/index.ts': '' },
    /a plugin must not know what is beside it/,
  ],
  [
    'a plugin that imports its host',
    { 'plugins/x/index.ts': "import '../host.ts'", 'plugins/host.ts': '' },
    /a plugin must not know what is beside it/,
  ],
  [
    'a room that nobody has drawn',
    { 'attic/x.ts': "import '../core/x.ts'", 'core/x.ts': '' },
    /attic must not know core/,
  ],
  [
    'somebody who imports the daemon',
    { 'cli/x.ts': "import '../daemon.ts'", 'daemon.ts': '' },
    /cli must not know daemon\.ts/,
  ],
  [
    'an import from outside src',
    { 'core/x.ts': "import '../../test/x.ts'" },
    /imports \.\.\/test\/x\.ts, which is not a module of src/,
  ],
  [
    'a package that is no dependency',
    { 'core/x.ts': "import fc from 'fast-check'" },
    /imports fast-check, which is not among the dependencies/,
  ],
  [
    'a package of the board elsewhere',
    { 'http/x.tsx': "import { h } from 'preact'" },
    /http\/x\.tsx imports preact, which is/,
  ],
  [
    'a component of the board that imports core',
    { 'board/x.tsx': "import { a } from '../core/x.ts'\nexport const b = <p>{a}</p>", 'core/x.ts': '' },
    /board\/x\.tsx .* board must not know core$/,
  ],
  [
    'a board that imports a package of the daemon',
    { 'board/x.tsx': "import { fastify } from 'fastify'\nexport const a = <p>{fastify}</p>" },
    /board\/x\.tsx imports fastify, which is not among the packages of board/,
  ],
  [
    'a board that imports a module of Node',
    { 'board/x.ts': "import 'node:fs'" },
    /board\/x\.ts imports node:fs, which is not/,
  ],
  ['a module of Node by its bare name', { 'core/x.ts': "import 'fs'" }, /imports fs, which is not among/],
  ['a file that can not be parsed', { 'core/x.ts': 'export const = 1' }, /core\/x\.ts can't be parsed/],
  ['a file that is too long', { 'core/x.ts': '\n'.repeat(250) }, /core\/x\.ts has 252 lines, more than 250/],
]

for (const [what, files, expected] of WRONG) {
  test(`the check finds ${what}`, () => {
    const violations = planted(files)
    assert.equal(violations.length, 1, violations.join('\n'))
    assert.match(violations[0] ?? '', expected)
  })
}

test('the check finds circles of any length, also through types and dynamic imports', () => {
  assert.deepEqual(planted({ 'core/x.ts': "import './x.ts'" }), ['circle: core/x.ts -> core/x.ts'])
  const long = planted({
    'core/x.ts': "import type { A } from './y.ts'",
    'core/y.ts': "export * from './z.ts'",
    'core/z.ts': "export const a = () => import('./x.ts')",
  })
  assert.deepEqual(long, ['circle: core/x.ts -> core/y.ts -> core/z.ts -> core/x.ts'])
})

test('the check finds a file that does not tell its duty, and accepts it after a shebang', () => {
  const check = (text: string) => checkArchitecture(new Map([['core/x.ts', text]]), RULES).violations
  const mistake = ['core/x.ts does not say its duty in its first line']
  assert.deepEqual(check("import 'node:fs'\n// The files of the machine.\n"), mistake)
  assert.deepEqual(check('// x\n'), mistake)
  assert.deepEqual(check(''), mistake)
  assert.deepEqual(check('// The files of the machine.\n'), [])
  assert.deepEqual(check('#!/usr/bin/env node\n// The front door of everything.\n'), [])
})
