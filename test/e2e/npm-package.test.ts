// The npm package: what is in it, how it is imported, and that it runs, all from the very archive that is published.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildDist } from '../support/built-dist.ts'
import { runToEnd } from '../support/children.ts'

const ROOT = join(import.meta.dirname, '../..')
const BIN = join(ROOT, 'node_modules/.bin')
const folder = mkdtempSync(join(tmpdir(), 'presence-npm-'))
const unpacked = join(folder, 'package')
let archive = ''
let files: readonly string[] = []

before(async () => {
  await buildDist()
  await runToEnd('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT })
  archive = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '')
  await runToEnd('tar', ['-xzf', archive, '-C', folder])
  files = readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(unpacked, path)).isFile(),
  )
})

after(() => rmSync(folder, { recursive: true, force: true }))

test('it has the program, the board, the pages and the files for operators, and nothing of the workshop', () => {
  for (const path of [
    ...['dist/main.js', 'dist/board/index.html', 'dist/plugins/xmpp/prosody/mod_presence_bot.lua', 'LICENSE'],
    ...['deploy/presence.cfg', 'deploy/systemd/kopano-presence.service', 'deploy/man/kopano-presence.8'],
    ...['docs/operating.md', 'examples/README.md'],
  ]) {
    assert.ok(files.includes(path), `${path} is missing`)
  }
  const odd = files.filter((path) =>
    /^(src(?!\/plugins\/\w+\/README\.md$)|test|bench|tools|\.)|\.tsbuildinfo$|(?<!\.d)\.tsx?$/.test(path),
  )
  assert.deepEqual(odd, [])
})

test('whatever is bundled in the board has its licence beside it', () => {
  const text = readFileSync(join(unpacked, 'dist/board/licences.md'), 'utf8')
  assert.match(text, /## preact - .*\(MIT\).*Copyright \(c\) 2015-present Jason Miller/s)
})

test('publint has nothing to say against it', async () => {
  const said = await runToEnd(join(BIN, 'publint'), [archive])
  // The example is a package of its own, which others copy.
  const mistakes = said.split('\n').filter((line) => /^\d+\. /.test(line) && !line.includes('./examples/'))
  assert.deepEqual(mistakes, [])
  assert.doesNotMatch(said, /Errors:/)
})

test('everybody who imports ES modules finds the types of each entry', () => {
  const { status, stdout } = spawnSync(join(BIN, 'attw'), [archive, '--profile', 'esm-only', '--format', 'ascii'], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stdout)
  for (const entry of ['kopano-presence', 'kopano-presence/client', 'kopano-presence/plugin']) {
    assert.ok(stdout.includes(`"${entry}"`), `${entry} was not looked at: ${stdout}`)
  }
})

test('npx runs it from the archive, and its entries can be imported where it is installed', async () => {
  const home = join(folder, 'home')
  mkdirSync(home)
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund']
  await runToEnd('npm', ['install', ...quiet, '--prefix', home, archive])
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const said = await runToEnd('npx', ['--offline', 'kopano-presence', '--version'], { cwd: home })
  assert.equal(said.split('\n').at(-1), version)
  assert.match(
    await runToEnd('npx', ['--offline', 'kopano-presence', 'check'], { cwd: home, env: { KOPANO_CFG_DIR: home } }),
    /^ok: /m,
  )
  const script = `
    const names = async (entry) => Object.keys(await import(entry)).join()
    console.log(await names('kopano-presence') === await names('kopano-presence/client'), await names('kopano-presence/plugin'))`
  const imported = await runToEnd(process.execPath, ['--input-type=module', '-e', script], { cwd: home })
  assert.match(imported, /^true .*pluginContract/)
})
