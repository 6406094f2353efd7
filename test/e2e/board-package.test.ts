// The status board as it is shipped: in the package, with nothing inside the page that its Content-Security-Policy would forbid.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { buildServedBoard } from '../support/board.ts'
import { runToEnd } from '../support/children.ts'

const ROOT = join(import.meta.dirname, '../..')
const BOARD = join(ROOT, 'dist/board')
const page = () => readFileSync(join(BOARD, 'index.html'), 'utf8')

before(buildServedBoard)

/** What the page refers to. */
const references = () => [...page().matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, address = '']) => address)

test('the package has the page and every file that it refers to', async () => {
  const listed = await runToEnd('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT })
  for (const path of ['index.html', ...references().map((address) => address.replace('./', ''))]) {
    assert.ok(listed.includes(`"path": "dist/board/${path}"`), `dist/board/${path} is not in the package`)
  }
})

test('its addresses are relative, and change with what they lead to', () => {
  assert.equal(references().length, 3)
  for (const address of references()) assert.match(address, /^\.\/assets\/[\w-]+\.(js|css|svg)$/)
})

test('nothing in the page runs or styles by itself', () => {
  assert.doesNotMatch(page(), /<style|\bstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
})
