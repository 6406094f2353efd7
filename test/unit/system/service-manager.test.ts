// What systemd is told, received by a socket of the test's own.
import assert from 'node:assert/strict'
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '../../../src/core/log.ts'
import { serviceManager } from '../../../src/system/service-manager.ts'
import { runToEnd } from '../../support/children.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { startNotifySocket } from '../../support/notify-socket.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const MODULE = new URL('../../../src/system/service-manager.ts', import.meta.url).href

test('systemd is told in order: ready with a status, reloading since when, ready again with or without success, stopping', async (t) => {
  const socket = await startNotifySocket(t)
  const log = recordedLog()
  const manager = serviceManager({ NOTIFY_SOCKET: socket.path }, log, new ManualClock())
  const before = process.hrtime.bigint() / 1000n
  manager.ready('listening on http://127.0.0.1:1234')
  manager.reloading()
  manager.reloaded(true)
  manager.reloaded(false)
  manager.ready("it's $HOME `date` \\n * here")
  manager.stopping()
  await socket.waitFor(/STOPPING/)
  const words = socket.words()
  const since = BigInt(/MONOTONIC_USEC=(\d+)/.exec(words[1] ?? '')?.[1] ?? 0)
  assert.ok(since >= before && since <= process.hrtime.bigint() / 1000n, `${since}`)
  assert.deepEqual(words, [
    'READY=1 STATUS=listening on http://127.0.0.1:1234',
    `RELOADING=1 MONOTONIC_USEC=${since} STATUS=reading presence.cfg`,
    'READY=1 STATUS=listening on http://127.0.0.1:1234',
    'READY=1 STATUS=listening on http://127.0.0.1:1234; presence.cfg has mistakes, see the log',
    "READY=1 STATUS=it's $HOME `date` \\n * here",
    'STOPPING=1 STATUS=stopping',
  ])
  assert.deepEqual(log.lines, [])
})

test('the watchdog gets a sign every half of its time, from the first ready on and until the stop', async (t) => {
  const socket = await startNotifySocket(t)
  const clock = new ManualClock()
  const environment = { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '60000000', WATCHDOG_PID: String(process.pid) }
  const manager = serviceManager(environment, recordedLog(), clock)
  clock.advance(60_000)
  manager.ready('up')
  clock.advance(29_999)
  manager.ready('reloaded')
  clock.advance(1)
  clock.advance(60_000)
  manager.stopping()
  clock.advance(60_000)
  await socket.waitFor(/STOPPING/)
  assert.deepEqual(
    socket.words().map((words) => words.split(' ')[0]),
    ['READY=1', 'READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1', 'STOPPING=1'],
  )
})

test('a watchdog for another process is none of ours, and neither is one without a time', async (t) => {
  const socket = await startNotifySocket(t)
  for (const watchdog of [{ WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' }, { WATCHDOG_USEC: 'soon' }, {}]) {
    const clock = new ManualClock()
    const before = socket.count()
    const manager = serviceManager({ NOTIFY_SOCKET: socket.path, ...watchdog }, recordedLog(), clock)
    manager.ready('up')
    clock.advance(1_000_000)
    manager.stopping()
    await socket.waitFor(/STOPPING/, before)
  }
  assert.ok(socket.words().every((words) => !words.startsWith('WATCHDOG')))
})

test('while the event loop stands still nobody tells systemd that it lives', async (t) => {
  const socket = await startNotifySocket(t)
  const script = `
    import { serviceManager } from '${MODULE}'
    import { setTimeout as pause } from 'node:timers/promises'
    const log = { error: console.error, warn: console.error }
    const manager = serviceManager(process.env, log)
    manager.ready('going')
    await pause(300)
    manager.ready('standing')
    // The line is on its way, and nothing else can be.
    await new Promise((resolve) => setImmediate(resolve))
    for (const end = Date.now() + 500; Date.now() < end;);
    manager.ready('going again')
    await pause(300)
    manager.stopping()
  `
  await runToEnd(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    env: { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '100000' },
  })
  await socket.waitFor(/STOPPING/)
  const told = socket.words().map((words) => words.replace(/^READY=1 STATUS=/, ''))
  const [still, again] = [told.indexOf('standing'), told.indexOf('going again')]
  assert.ok(told.slice(1, still).includes('WATCHDOG=1'), told.join())
  assert.deepEqual(told.slice(still, again + 1), ['standing', 'going again'])
  assert.ok(told.slice(again).includes('WATCHDOG=1'), told.join())
})

test('when the helper dies, the log says so once and the next word is told by another one', async (t) => {
  const socket = await startNotifySocket(t)
  // A systemd-notify that takes its shell with it at the first word.
  const folder = temporaryFolder(t)
  const real = await runToEnd('sh', ['-c', 'command -v systemd-notify'])
  writeFileSync(
    join(folder, 'systemd-notify'),
    `#!/bin/sh\n[ "$2" = STATUS=first ] && kill -9 $PPID\nexec ${real.trim()} "$@"\n`,
  )
  chmodSync(join(folder, 'systemd-notify'), 0o755)
  setPath(t, `${folder}:${process.env.PATH}`)
  const warnings: string[] = []
  let manager = serviceManager({}, silentLog)
  await new Promise<void>((resolve) => {
    const log = { ...silentLog, warn: (text: string) => resolve(void warnings.push(text)) }
    manager = serviceManager({ NOTIFY_SOCKET: socket.path }, log, new ManualClock())
    manager.ready('first')
  })
  manager.ready('second')
  await socket.waitFor(/second/)
  manager.stopping()
  await socket.waitFor(/STOPPING/)
  assert.match(warnings.join('|'), /^The shell that tells systemd[^|]*$/)
})

test('where nobody asks, nothing is started, and a missing systemd-notify is named with the remedy', (t) => {
  const folder = temporaryFolder(t)
  symlinkSync('/bin/sh', join(folder, 'sh'))
  setPath(t, folder)
  const log = recordedLog()
  serviceManager({}, log).ready('up')
  assert.deepEqual(log.lines, [])
  serviceManager({ NOTIFY_SOCKET: '/run/systemd/notify' }, log).ready('up')
  assert.match(log.lines.map(({ text }) => text).join(), /systemd-notify is missing\. Install it/)
})

function setPath(t: { after(cleanUp: () => void): void }, path: string): void {
  const before = process.env.PATH
  process.env.PATH = path
  t.after(() => {
    process.env.PATH = before
  })
}
