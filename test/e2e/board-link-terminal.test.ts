// The link to the board that the daemon shows when it starts: on a terminal, and nowhere where it would be kept.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startChild } from '../support/children.ts'
import { startDaemon } from '../support/daemon.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname
const TSX = import.meta.resolve('tsx')

test('on a terminal a link is shown that opens the board, and the log knows nothing of it', async (t) => {
  const folder = temporaryFolder(t)
  const configFile = join(folder, 'presence.cfg')
  const [logFile, pidFile] = [join(folder, 'log'), join(folder, 'pid')]
  const lines = ['data_path = data', 'server_port = 0', 'run_as_user =', 'run_as_group =', 'running_path =']
  lines.push(`log_file = ${logFile}`, 'log_level = 6', `pid_file = ${pidFile}`)
  writeFileSync(configFile, `${lines.join('\n')}\n`)
  const command = [process.execPath, '--import', TSX, MAIN, 'serve', '-C', configFile]
    .map((word) => `'${word}'`)
    .join(' ')
  // script(1) of Debian's bsdutils gives it a terminal of its own.
  const terminal = await startChild('script', ['-q', '-e', '-c', `exec ${command}`, '/dev/null'], { cwd: folder })
  const end = () => process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM')
  t.after(async () => {
    if (terminal.running()) end()
    await terminal.end()
  })
  const [, url = '', code = ''] = await terminal.waitForLine(/(http:\S+)\/board\/#code=([\w-]+)/)
  const answer = await fetch(`${url}/board/session`, { method: 'POST', body: JSON.stringify({ code }) })
  assert.deepEqual([answer.status, await answer.json()], [200, { user_id: null, read_only: true }])
  end()
  await terminal.exited
  const log = readFileSync(logFile, 'utf8')
  assert.match(log, /listening on/)
  assert.doesNotMatch(log, /code|#/)
})

test('without a terminal, as under systemd, no link is shown', async (t) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed', log_level: 6 } })
  t.after(() => daemon.stop())
  // It would come right after this answers; at the end everything has come.
  await daemon.ask('GET', '/v1/sources')
  await daemon.end()
  assert.match(daemon.logLines.join('\n'), /listening on/)
  assert.doesNotMatch(daemon.logLines.join('\n'), /#code|board/)
})
