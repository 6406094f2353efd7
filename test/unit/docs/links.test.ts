// Where the pages lead: every relative link ends at a file and a heading that are there, in a checkout and in the npm package.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { test } from 'node:test'
import { anchorsOf, linksOf } from '../../support/links.ts'
import { pagePaths, ROOT, readPage } from '../../support/pages.ts'

const PAGES = pagePaths()

/** The links of all pages that lead to something of the project. */
const links = PAGES.flatMap((page) =>
  linksOf(readPage(page)).flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return []
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : posix.normalize(posix.join(posix.dirname(page), path))
    return [{ page, link, target, anchor }]
  }),
)

test('every relative link leads to a file, and to a heading of it where it names one', () => {
  assert.ok(links.length > 60, `only ${links.length} links were found`)
  for (const { page, link, target, anchor } of links) {
    assert.ok(existsSync(join(ROOT, target)), `${page} links to ${link}, and there is no ${target}`)
    if (anchor === undefined) continue
    assert.ok(target.endsWith('.md'), `${page} links to ${link}, which has no headings`)
    assert.ok(anchorsOf(readPage(target)).has(anchor), `${page} links to ${link}, and ${target} has no such heading`)
  }
})

test('whoever has the npm package has what its pages lead to', () => {
  const words = ['pack', '--dry-run', '--ignore-scripts', '--json']
  const said = execFileSync('npm', words, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [{ files }] = JSON.parse(said) as [{ files: ReadonlyArray<{ readonly path: string }> }]
  const packed = new Set(files.map(({ path }) => path))
  assert.ok(packed.has('README.md') && packed.has('docs/http-api.md'))
  for (const { page, link, target } of links) {
    if (!packed.has(page)) continue
    const isFolder = statSync(join(ROOT, target)).isDirectory()
    const isThere = isFolder ? [...packed].some((path) => path.startsWith(posix.join(target, '/'))) : packed.has(target)
    assert.ok(
      isThere,
      `${page} links to ${link}, and the npm package has no ${target}; add it to "files" of package.json`,
    )
  }
})

test('every page of docs/ is reached from its index, and says in its first words what it is for', () => {
  const index = new Set(links.filter(({ page }) => page === 'docs/README.md').map(({ target }) => target))
  for (const page of PAGES.filter((path) => path.startsWith('docs/') && path !== 'docs/README.md')) {
    assert.ok(index.has(page), `docs/README.md does not lead to ${page}`)
    // These begin with what was the question.
    if (page.startsWith('docs/decisions/')) continue
    const [title = '', empty, first = ''] = readPage(page).split('\n')
    assert.match(title, /^# \S/, page)
    assert.equal(empty, '', page)
    assert.match(first, /^[`\p{L}].{30,}/u, `${page} begins without a sentence that says what it is for`)
  }
})

test('links and headings are found as GitHub has them', () => {
  const text = [
    '# One `two`: three, and four',
    '## Twice',
    '## Twice',
    '[a](x.md#y "title") ![b](<i.png>) <img src="j.png"> `[no](code.md)` [c][ref]',
    '```md',
    '[no](block.md)',
    '# no heading',
    '```',
    '[ref]: z.md',
  ].join('\n')
  assert.deepEqual(linksOf(text), ['x.md#y', 'i.png', 'j.png', 'z.md'])
  assert.deepEqual([...anchorsOf(text)], ['one-two-three-and-four', 'twice', 'twice-1'])
})
