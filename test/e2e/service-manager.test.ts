// The daemon as a service of Type=notify: what it tells systemd, and when.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startDaemon } from '../support/daemon.ts'
import { startNotifySocket } from '../support/notify-socket.ts'

test('systemd hears of the start once requests are answered, of a reload and its end, of life, and of the stop', async (t) => {
  const socket = await startNotifySocket(t)
  const env = { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '200000' }
  const daemon = await startDaemon({ config: { plugins: 'spreed' }, env })
  t.after(() => daemon.stop())
  await socket.waitFor(/READY/)
  assert.equal(socket.words()[0], `READY=1 STATUS=listening on ${daemon.url}`)
  assert.equal((await fetch(`${daemon.url}/healthz`)).status, 200)
  await socket.waitFor(/WATCHDOG/)

  const before = socket.count()
  daemon.signal('SIGHUP')
  await socket.waitFor(/READY=1 STATUS=listening/, before)
  daemon.configure({ plugins: 'spreed', log_level: 'loud' })
  daemon.signal('SIGHUP')
  await socket.waitFor(/READY=1 STATUS=listening .* presence\.cfg has mistakes, see the log/, before)

  await daemon.end()
  await socket.waitFor(/STOPPING/)
  const states = socket.words().flatMap((words) => (words.startsWith('WATCHDOG') ? [] : [words.split('=')[0]]))
  assert.deepEqual(states, ['READY', 'RELOADING', 'READY', 'RELOADING', 'READY', 'STOPPING'])
})
