// The files of the status board: what is served where, under which policy, and what is not.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadBoardFiles } from '../../../src/http/board/files.ts'
import { problemOf, startSite } from '../../support/http-site.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const PAGE = '<!doctype html><title>Board</title><script type="module" src="./assets/index-AbC123.js"></script>'

/** A folder as the build leaves it, inside one with a file that is nobody's business. */
function built(t: TestContext): string {
  const outside = temporaryFolder(t)
  writeFileSync(join(outside, 'secret'), 'GEHEIM')
  const folder = join(outside, 'board')
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'index.html'), PAGE)
  writeFileSync(join(folder, 'other.js'), '1')
  writeFileSync(join(folder, 'assets', 'index-AbC123.js'), 'console.log(1)')
  writeFileSync(join(folder, 'assets', 'index-AbC123.css'), 'a{}')
  writeFileSync(join(folder, 'assets', 'secret'), 'x')
  mkdirSync(join(folder, 'assets', 'inner'))
  return folder
}

test('the page is served to anybody, never kept, and under a policy that lets only its own files in', async (t) => {
  const site = await startSite(t, { boardFolder: built(t), allowedOrigins: ['https://app.example'] })
  const answer = await site.ask('GET', '/board/', { headers: { origin: 'https://app.example' } })
  assert.deepEqual([answer.status, answer.body], [200, PAGE])
  const { headers } = answer
  assert.equal(headers['content-type'], 'text/html; charset=utf-8')
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(
    headers['content-security-policy'],
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  )
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
  assert.equal(headers['access-control-allow-origin'], undefined)
  const head = await site.ask('HEAD', '/board/')
  assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', String(PAGE.length)])
})

test('without its last slash it leads there by a relative address, so that it holds behind any prefix', async (t) => {
  const site = await startSite(t, { boardFolder: built(t) })
  for (const method of ['GET', 'HEAD']) {
    const { status, headers } = await site.ask(method, '/board')
    assert.deepEqual([status, headers.location], [308, 'board/'])
  }
  const wall = await site.ask('GET', '/board?wall=light&q=a%20b')
  assert.deepEqual([wall.status, wall.headers.location], [308, 'board/?wall=light&q=a%20b'])
})

test('files with a hash in their names may be kept for ever, and have the types that they are', async (t) => {
  const site = await startSite(t, { boardFolder: built(t) })
  const script = await site.ask('GET', '/board/assets/index-AbC123.js')
  assert.deepEqual([script.status, script.body], [200, 'console.log(1)'])
  assert.equal(script.headers['content-type'], 'text/javascript; charset=utf-8')
  assert.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal(script.headers['x-content-type-options'], 'nosniff')
  assert.equal(script.headers['cross-origin-resource-policy'], 'same-origin')
  const style = await site.ask('HEAD', '/board/assets/index-AbC123.css')
  assert.deepEqual([style.status, style.headers['content-type']], [200, 'text/css; charset=utf-8'])
})

test('nothing else of the machine can be had, however the path is written', async (t) => {
  const site = await startSite(t, { boardFolder: built(t) })
  const paths = [
    '/board/assets/../../secret',
    '/board/assets/%2e%2e/%2e%2e/secret',
    '/board/assets/..%2f..%2fsecret',
    '/board/assets/..%5c..%5csecret',
    '/board/assets//etc/passwd',
    '/board/assets/%2fetc%2fpasswd',
    '/board/assets/__proto__',
    '/board/assets/',
    '/board/assets/inner',
    '/board/assets',
    '/board/other.js',
    '/board/index.html',
    '/board/nothing',
    '/boards',
  ]
  for (const path of paths) {
    const answer = await site.ask('GET', path)
    assert.equal(answer.status, 404, path)
    assert.equal(problemOf(answer).status, 404)
    assert.equal(answer.headers['cache-control'], 'private, no-store')
  }
})

test('other methods are refused with the ones that are served', async (t) => {
  const site = await startSite(t, { boardFolder: built(t) })
  for (const path of ['/board', '/board/', '/board/assets/index-AbC123.js']) {
    const answer = await site.ask('PUT', path)
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD'])
  }
  for (const path of ['/board/session', '/board/token', '/board/sign-out', '/board/link']) {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE']) {
      const answer = await site.ask(method, path)
      assert.deepEqual([answer.status, answer.headers.allow], [405, 'POST'], `${method} ${path}`)
    }
  }
})

test('where it was not built, the page says what to do', async (t) => {
  for (const boardFolder of [undefined, join(temporaryFolder(t), 'none')]) {
    const site = await startSite(t, { boardFolder })
    const answer = await site.ask('GET', '/board/')
    assert.deepEqual(
      [answer.status, problemOf(answer).detail],
      [404, 'The status board has not been built; run "npm run build".'],
    )
  }
})

test('a folder that can not be the board is refused with a remedy', (t) => {
  const folder = built(t)
  writeFileSync(join(folder, 'assets', 'huge.js'), Buffer.alloc(16 * 1024 * 1024))
  assert.throws(() => loadBoardFiles(folder), { name: 'FatalError', message: /too large.*build it anew/ })
  const strange = temporaryFolder(t)
  mkdirSync(join(strange, 'index.html'))
  assert.throws(() => loadBoardFiles(strange), { name: 'FatalError', message: /can't be read: .*build it anew/ })
})
