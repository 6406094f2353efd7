// The log over syslog, with a `logger` of the test's own that keeps what it gets.
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openLog } from '../../../src/system/logging.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** A clock that tells when somebody starts a timer. */
class TellingClock extends ManualClock {
  readonly #waiting: ((milliseconds: number) => void)[] = []

  nextTimer(): Promise<number> {
    // A logger alone doesn't keep a process alive, and so wouldn't this promise.
    const alive = setInterval(() => {}, 1e6)
    return new Promise<number>((resolve) => this.#waiting.push(resolve)).finally(() => clearInterval(alive))
  }

  override after(milliseconds: number, callback: () => void): () => void {
    const cancel = super.after(milliseconds, callback)
    this.#waiting.shift()?.(milliseconds)
    return cancel
  }
}

/** Puts a shell script named `logger` on PATH; `$KEPT` is the file that `lines` reads. */
function fakeLogger(t: TestContext, script: string) {
  const folder = temporaryFolder(t)
  const kept = join(folder, 'kept')
  writeFileSync(kept, '')
  writeFileSync(join(folder, 'logger'), `#!/bin/sh\nKEPT='${kept}'\n${script}\n`)
  chmodSync(join(folder, 'logger'), 0o755)
  const path = process.env.PATH
  process.env.PATH = `${folder}:${path}`
  t.after(() => {
    process.env.PATH = path
  })
  return { folder, lines: () => readFileSync(kept, 'utf8').split('\n').slice(0, -1) }
}

function syslog(t: TestContext, clock = new TellingClock()) {
  const open = openLog({ log_method: 'syslog', log_level: 6, log_file: '-', log_timestamp: true }, clock)
  t.after(() => open.close())
  return open
}

test('syslog gets every line with its severity and without a time, named and numbered as this daemon', async (t) => {
  const { lines } = fakeLogger(t, 'echo "$@" >> "$KEPT"\ncat >> "$KEPT"')
  const { log, close } = syslog(t)
  log.error('an error')
  log.warn('a warning')
  log.notice('a milestone')
  log.named('xmpp').info('connected', { host: 'chat.example' })
  log.debug('a detail\n<0>forged')
  await close()
  assert.deepEqual(lines(), [
    `-t kopano-presence --id=${process.pid} -p daemon.info --prio-prefix --size 8192`,
    '<3>[error] an error',
    '<4>[warning] a warning',
    '<5>[notice] a milestone',
    '<6>[info] xmpp: connected host=chat.example',
    '<7>[debug] a detail\\n<0>forged',
  ])
})

test('a line is never longer than logger takes at once, or its rest could pose as a line', async (t) => {
  const { lines } = fakeLogger(t, 'cat >> "$KEPT"')
  const { log, close } = syslog(t)
  log.info('日'.repeat(10_000))
  log.info('short')
  await close()
  const [long = '', ...rest] = lines()
  assert.deepEqual(rest, ['<6>[info] short'])
  assert.ok(Buffer.byteLength(long) <= 8192, `${Buffer.byteLength(long)} bytes`)
  assert.match(long, /^<6>\[info\] 日{2000,} \.\.\.$/u, 'no character is cut in two')
})

test('a logger that died is started again, after a delay, and gets what came meanwhile', async (t) => {
  const { lines } = fakeLogger(t, 'head -n 1 >> "$KEPT"')
  const clock = new TellingClock()
  const { log, close } = syslog(t, clock)
  const died = clock.nextTimer()
  log.info('one')
  const delay = await died
  log.info('two')
  assert.deepEqual(lines(), ['<6>[info] one'], 'nothing is started within the delay')
  const diedAgain = clock.nextTimer()
  clock.advance(delay)
  const longer = await diedAgain
  assert.deepEqual(lines(), ['<6>[info] one', '<6>[info] two'])
  assert.ok(longer > delay, 'the delay grows')
  await close()
})

test('closing within the delay sends what waits', async (t) => {
  const { lines } = fakeLogger(t, 'head -n 1 >> "$KEPT"')
  const clock = new TellingClock()
  const { log, close } = syslog(t, clock)
  const died = clock.nextTimer()
  log.info('one')
  await died
  log.info('the last words')
  await close()
  assert.deepEqual(lines(), ['<6>[info] one', '<6>[info] the last words'])
})

test('what waits for a dead logger is bounded, and the loss is told', async (t) => {
  const { lines } = fakeLogger(t, '[ -s "$KEPT" ] && exec cat >> "$KEPT"\nhead -n 1 >> "$KEPT"')
  const clock = new TellingClock()
  const { log, close } = syslog(t, clock)
  const died = clock.nextTimer()
  log.info('one')
  await died
  for (let number = 0; number < 1500; number += 1) log.info(`line ${number}`)
  await close()
  assert.equal(lines().length, 1 + 1000 + 1)
  assert.equal(lines().at(-2), '<6>[info] line 999')
  assert.match(lines().at(-1) ?? '', /^<4>\[warning\] 500 lines were lost/)
})

test('a logger that takes nothing does not hold up the end of the daemon', { timeout: 10_000 }, async (t) => {
  fakeLogger(t, 'exec sleep 60')
  const { log, close } = syslog(t)
  log.info('one')
  await close()
})

test('reopening starts another logger, and the old one still sends its lines', async (t) => {
  const { lines } = fakeLogger(t, 'echo started >> "$KEPT"\ncat >> "$KEPT"')
  const { log, reopen, close } = syslog(t)
  log.info('one')
  reopen()
  log.info('two')
  await close()
  assert.deepEqual(lines().filter((line) => line === 'started').length, 2)
  assert.ok(lines().includes('<6>[info] one'))
  assert.ok(lines().includes('<6>[info] two'))
})

test('without the command logger the log is not opened, and the error says what to install', (t) => {
  const path = process.env.PATH
  process.env.PATH = temporaryFolder(t)
  t.after(() => {
    process.env.PATH = path
  })
  assert.throws(() => syslog(t), {
    name: 'FatalError',
    message: /logger, which is missing.*apt-get install.*log_method = file/,
  })
})
