// A plugin of others as its users get it: packed, installed beside the daemon or in a folder of its own, and run.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { buildDist } from '../support/built-dist.ts'
import { startChild } from '../support/children.ts'
import { blocks } from '../support/markdown.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '../..')
const EXAMPLE = join(ROOT, 'examples/kopano-presence-plugin-folder')
const run = promisify(execFile)
const QUIET = ['--no-audit', '--no-fund', '--prefer-offline']

/** What `npm pack` makes of a package. */
async function pack(package_: string, destination: string): Promise<string> {
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination]
  const { stdout } = await run('npm', words, { cwd: package_ })
  const [{ filename }] = JSON.parse(stdout)
  return join(destination, filename)
}

const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-plugin-'))
let plugin = ''
/** Where the daemon and the plugin are installed together. */
let installation = ''

before(async () => {
  await buildDist()
  plugin = await pack(EXAMPLE, folder)
  const daemon = await pack(ROOT, folder)
  installation = join(folder, 'installation')
  mkdirSync(installation)
  await run('npm', ['install', ...QUIET, '--prefix', installation, daemon, plugin])
})

after(() => rmSync(folder, { recursive: true, force: true }))

/** Starts the installed daemon with the plugin, and follows ada through her file. */
async function follow(t: TestContext, options: readonly string[]): Promise<void> {
  const folder = temporaryFolder(t)
  const [people, config] = [join(folder, 'people'), join(folder, 'presence.cfg')]
  mkdirSync(people)
  const own = [
    `data_path = ${folder}/data`,
    'server_port = 0',
    'pid_file =',
    'running_path =',
    'run_as_user =',
    'run_as_group =',
  ]
  const lines = [...own, 'plugins = spreed folder', `folder_path = ${people}`, 'log_level = info', ...options]
  writeFileSync(config, `${lines.join('\n')}\n`)
  const main = join(installation, 'node_modules/kopano-presence/dist/main.js')
  const daemon = await startChild(process.execPath, [main, '-C', config])
  t.after(() => daemon.end())
  const [, url = ''] = await daemon.waitForLine(/listening on (http:\S+)/)
  await daemon.waitForLine(/folder: connected, and everybody is known/)
  const type = async (...words: string[]): Promise<string> => {
    return (await run(process.execPath, [main, ...words, '-C', config, '--url', url])).stdout
  }
  assert.match(await type('sources'), new RegExp(`folder +collector +settled .*the folder ${people}`))
  const watching = await startChild(process.execPath, [main, 'watch', 'ada@x', '--json', '-C', config, '--url', url])
  t.after(() => watching.end())
  await watching.waitForLine(/"user_id":"ada@x"/)
  writeFileSync(join(people, 'Ada@X'), 'busy writing')
  await watching.waitForLine(/"status":"busy","message":"writing","source":"folder"/)
  assert.match(await type('get', 'ada@x'), /busy.*writing/)
}

test('it runs beside the daemon when both are installed together', (t) => follow(t, []))

test('it runs from a folder that plugin_path names', async (t) => {
  const folder = temporaryFolder(t)
  await run('npm', ['uninstall', ...QUIET, '--prefix', installation, 'kopano-presence-plugin-folder'])
  const daemon = join(installation, 'node_modules/kopano-presence')
  await run('npm', ['install', ...QUIET, '--ignore-scripts', '--prefix', folder, daemon, plugin])
  await follow(t, [`plugin_path = ${folder}`])
  const tests = join(folder, 'node_modules/kopano-presence-plugin-folder/index.test.js')
  // Otherwise it takes itself for a part of this run.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', tests], { env })
  assert.match(stdout, /^# pass 1\d$/m)
  assert.match(stdout, /^# fail 0$/m)
})

test('the page about writing a plugin shows the one that is tested', () => {
  const page = readFileSync(join(ROOT, 'docs/writing-a-plugin.md'), 'utf8')
  const [code, , , tests] = blocks(page, 'js')
  assert.equal(code, readFileSync(join(EXAMPLE, 'index.js'), 'utf8'))
  assert.equal(tests, readFileSync(join(EXAMPLE, 'index.test.js'), 'utf8'))
  const [, beside, apart] = blocks(page, 'sh')
  assert.match(beside ?? '', /^npm install kopano-presence kopano-presence-plugin-folder\n$/)
  assert.match(
    apart ?? '',
    /^npm install --ignore-scripts --prefix \S+ \S+\/kopano-presence kopano-presence-plugin-folder\n$/,
  )
})

test("the page tells how a copy of it becomes a plugin of one's own", async (t) => {
  const [begin = ''] = blocks(readFileSync(join(ROOT, 'docs/writing-a-plugin.md'), 'utf8'), 'sh')
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const commands = begin.replaceAll('/usr/lib/node_modules', join(installation, 'node_modules'))
  assert.match(commands, /^npm test$/m)
  const { stdout } = await run('bash', ['-euc', commands], { cwd: temporaryFolder(t), env })
  assert.match(stdout, /^[#ℹ] pass 1\d$/m)
  assert.match(stdout, /^[#ℹ] fail 0$/m)
})
