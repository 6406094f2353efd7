// Which Node.js is new enough.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { nodeMistake } from '../../../src/cli/node-version.ts'

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

test('an older Node.js than package.json asks for is refused with what is needed and where to get it', () => {
  for (const version of ['18.20.4', '20.18.3', '12.22.12', '0.10.48']) {
    assert.match(
      nodeMistake(version) ?? '',
      new RegExp(`needs Node\\.js 20\\.19 or later, and this is ${version}\\. .*12`),
    )
  }
  for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.1.0', '100.0.0'])
    assert.equal(nodeMistake(version), undefined)
  assert.equal(JSON.parse(file('package.json')).engines.node, '>=20.19')
})

test('nothing that an old Node.js might not have is loaded before that', () => {
  const imports = [...file('src/main.ts').matchAll(/^import (?!type )[^\n]* from '(.*)'$/gm)].map(([, from]) => from)
  assert.deepEqual(imports, ['node:path', './cli/node-version.ts'])
  assert.doesNotMatch(file('src/cli/node-version.ts'), /^import/m)
})
