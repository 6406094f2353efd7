// The first minute, as the README tells it: every command of it, on a copy with nothing configured.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startChild } from '../support/children.ts'
import { blocks } from '../support/markdown.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** A checkout as `npm ci` leaves it, without what this one may have lying about. */
async function freshCopy(folder: string): Promise<string> {
  const copy = join(folder, 'kopano-presence')
  await mkdir(copy)
  for (const name of ['package.json', 'build.mjs', 'tsconfig.json', 'tsconfig.build.json', 'vite.config.ts', 'src']) {
    await cp(join(ROOT, name), join(copy, name), { recursive: true })
  }
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  await run('npm', ['run', 'build'], { cwd: copy })
  return copy
}

test('the commands of the README show a published state on a machine with no configuration', async (context) => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const [start, firstCommands, askingCommands] = blocks(readme, 'sh')
  assert.equal(start, 'npm ci && npm start\n')
  assert.ok(firstCommands !== undefined && askingCommands !== undefined)

  const folder = temporaryFolder(context)
  const copy = await freshCopy(folder)
  // What `npm start` runs, without npm in between: the daemon is to be ended by its own pid.
  const { scripts } = JSON.parse(await readFile(join(copy, 'package.json'), 'utf8'))
  const [program = '', ...words] = String(scripts.start).split(' ')
  const daemon = await startChild(program, words, { cwd: copy, env: { KOPANO_CFG_DIR: join(folder, 'none') } })
  context.after(() => daemon.end())
  await daemon.waitForLine(/listening on http:\/\/127\.0\.0\.1:1234/)
  const type = async (commands: string): Promise<string> => {
    const env = { ...process.env, KOPANO_CFG_DIR: join(folder, 'none') }
    return (await run('bash', ['-euc', commands], { cwd: copy, env })).stdout
  }

  assert.match(await type(firstCommands), /you@example\.com.*available.*Hello there/)
  const asked = await type(askingCommands)
  const told = '"user_id":"you@example\\.com","status":"busy","message":"Trying this","source":"spreed"'
  assert.match(asked, new RegExp(`${told}.*${told}`, 's'), 'both the PUT and the GET tell of it')

  await daemon.waitForLine(/Try it in another terminal/)
  const printed = daemon.lines.filter((line) => line.startsWith('  node dist/main.js '))
  assert.equal(printed.length, 2, 'the daemon prints two commands to try')
  assert.match(await type(printed.join('\n')), /available.*Hello there/)
})
