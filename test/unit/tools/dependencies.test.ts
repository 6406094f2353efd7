// What this project stands on: each package with a licence that is allowed and a reason, and the page about it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Lock, PAGE, readLock, surveyed } from '../../../tools/dependencies.ts'
import { isAllowed } from '../../../tools/dependency-rules.ts'

/** The lock with other packages than it has. */
const changed = (changes: Lock): Lock => ({ ...readLock(), ...changes })

test('every package has a licence that is allowed, and every direct one a reason', () => {
  assert.deepEqual(surveyed(readLock()).mistakes, [])
})

test('docs/dependencies.md is up to date', () => {
  assert.equal(readFileSync(PAGE, 'utf8'), surveyed(readLock()).page, 'write it anew: npm run licences')
})

test('a licence that is unknown, missing or not allowed is found, also far below', () => {
  for (const [place, license] of [
    ['node_modules/fastify', 'GPL-3.0-only'],
    ['node_modules/ltx', 'MPL-2.0'],
    ['node_modules/preact', 'SEE LICENSE IN LICENSE'],
    ['node_modules/vite', 'AGPL-3.0'],
  ] as const) {
    const entry = readLock()[place]
    assert.ok(entry)
    assert.match(surveyed(changed({ [place]: { ...entry, license } })).mistakes.join(), new RegExp(license))
    const { license: _, ...without } = entry
    assert.match(surveyed(changed({ [place]: without })).mistakes.join(), /unknown/)
  }
})

test('a dependency without a reason and a reason without a dependency are found', () => {
  const own = readLock()[''] ?? {}
  const kept = Object.entries(own.dependencies ?? {}).filter(([name]) => name !== 'commander')
  const dependencies = Object.fromEntries([...kept, ['ltx', '*']])
  const mistakes = surveyed(changed({ '': { ...own, dependencies } })).mistakes.join('\n')
  assert.match(mistakes, /^ltx has no reason/m)
  assert.match(mistakes, /^commander is no dependency any more/m)
})

test('of a choice one licence has to be allowed, of a sum all', () => {
  assert.equal(isAllowed('(MIT OR GPL-3.0-only)', true), true)
  assert.equal(isAllowed('MIT AND GPL-3.0-only', true), false)
  assert.equal(isAllowed('MPL-2.0', false), true)
  assert.equal(isAllowed('MPL-2.0', true), false)
  assert.equal(isAllowed('', true), false)
})
