// Every command of docs/http-api.md, typed as it stands there, against a running daemon.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startDaemon } from '../support/daemon.ts'
import { blocks } from '../support/markdown.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

test('the commands of the page about HTTP do what it says', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed manual', server_secret_key: 'GEHEIM' } })
  context.after(() => daemon.stop())
  const page = await readFile(join(ROOT, 'docs/http-api.md'), 'utf8')
  const commands = blocks(page, 'sh')
  assert.ok(commands.length >= 4, 'the page shows how to ask')
  const main = `${process.execPath} --import tsx ${join(ROOT, 'src/main.ts')}`
  const script = commands
    .map((block) => block.replaceAll('http://127.0.0.1:1234', daemon.url))
    // A stream would go on for ever; its first events are what the page shows.
    .map((block) => block.replaceAll('curl -N ', 'curl -N --max-time 2 '))
    .join('\n')
  const typed = `set -u; SECRET=GEHEIM\nkopano-presence() { ${main} "$@" -C ${daemon.configFile}; }\n${script}`
  const said = await run('bash', ['-c', typed], { cwd: ROOT }).catch(
    (error: { stdout: string; stderr: string }) => error,
  )
  assert.doesNotMatch(said.stdout, /"type":"about:blank"|problem/, said.stdout)
  assert.match(
    said.stdout,
    /"user_id":"markd@kopano\.com","spreed":\{"status":"available","message":"feeling chatty\.\."\}/,
  )
  assert.match(said.stdout, /event: ready/)
  assert.match(said.stdout, /HTTP\/1\.1 303 .*set-cookie: kopano-presence-board=.*location: \.\//is)
  assert.match(said.stdout, /\{"user_id":"markd@kopano\.com","read_only":false\}/)
  assert.match(said.stdout, /\{"code":"[\w-]+","expires_in":600\}/)
  assert.doesNotMatch(said.stderr, /command not found|syntax error/, said.stderr)
})
