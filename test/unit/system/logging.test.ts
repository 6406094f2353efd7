// The daemon's log: what is written when, where, and that nobody can forge it.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { FatalError } from '../../../src/core/errors.ts'
import { type LogSettings, type OpenLog, openLog } from '../../../src/system/logging.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const TIME = '2026-11-23T09:12:44.120Z'

interface Fixture extends OpenLog {
  readonly file: string
  lines(): string[]
}

function logToFile(t: TestContext, settings: Partial<LogSettings> = {}): Fixture {
  const file = join(temporaryFolder(t), 'presence.log')
  const open = openLog(
    { log_method: 'file', log_level: 6, log_file: file, log_timestamp: true, ...settings },
    new ManualClock(Date.parse(TIME)),
  )
  t.after(() => open.close())
  const path = settings.log_file ?? file
  return { ...open, file, lines: () => readFileSync(path, 'utf8').split('\n').slice(0, -1) }
}

function sayAll({ log }: OpenLog): void {
  log.error('an error')
  log.warn('a warning')
  log.notice('a milestone')
  log.info('some information')
  log.debug('a detail')
}

test('a line has the time, the level, who speaks, the text and its fields', (t) => {
  const { log, lines } = logToFile(t)
  log
    .named('xmpp')
    .warn('the server does not answer', { host: 'chat.example', attempt: 3, why: 'no "pong" came', none: '' })
  assert.deepEqual(lines(), [
    `${TIME} [warning] xmpp: the server does not answer host=chat.example attempt=3 why="no \\"pong\\" came" none=""`,
  ])
})

test('a log named within a named one says both names', (t) => {
  const { log, lines } = logToFile(t)
  log.named('xmpp').named('roster').info('received')
  assert.deepEqual(lines(), [`${TIME} [info] xmpp: roster: received`])
})

test('log_timestamp = no leaves out the time', (t) => {
  const { log, lines } = logToFile(t, { log_timestamp: false })
  log.error('no disk')
  assert.deepEqual(lines(), ['[error] no disk'])
})

test('text that looks like a format stays as it is', (t) => {
  const { log, lines } = logToFile(t, { log_timestamp: false })
  log.info('100%s %d %o %% %j')
  assert.deepEqual(lines(), ['[info] 100%s %d %o %% %j'])
})

test('as JSON a line is one object with the same facts', (t) => {
  const { log, lines } = logToFile(t, { log_format: 'json' })
  log.named('xmpp').notice('connected\nagain\u202e', { users: 3, tls: true })
  const [line = ''] = lines()
  assert.deepEqual(JSON.parse(line), {
    level: 'notice',
    time: TIME,
    users: 3,
    tls: true,
    name: 'xmpp',
    msg: 'connected\nagain\u202e',
  })
  assert.match(line, /again\\u202e/, 'bidi marks are escaped')
})

test('as JSON without timestamps there is no time', (t) => {
  const { log, lines } = logToFile(t, { log_format: 'json', log_timestamp: false })
  log.error('no disk')
  assert.deepEqual(
    lines().map((line) => JSON.parse(line)),
    [{ level: 'error', msg: 'no disk' }],
  )
})

const ERROR = ['error', 'notice']
const WARNING = ['error', 'warning', 'notice']
const INFO = ['error', 'warning', 'notice', 'info']
const DEBUG = ['error', 'warning', 'notice', 'info', 'debug']
const shown: ReadonlyArray<[level: number | string, lines: string[]]> = [
  [0, []],
  [1, ['notice']],
  [2, ERROR],
  [3, WARNING],
  [4, WARNING],
  [5, INFO],
  [6, DEBUG],
  ['3', WARNING],
  ['none', []],
  ['critical', ['notice']],
  ['fatal', ['notice']],
  ['error', ERROR],
  ['warning', WARNING],
  ['notice', WARNING],
  ['INFO', INFO],
  ['DEBUG', DEBUG],
]

for (const [level, expected] of shown) {
  test(`log_level = ${level} (${typeof level}) shows ${expected.join(', ') || 'nothing'}`, (t) => {
    const open = logToFile(t, { log_level: level, log_timestamp: false })
    sayAll(open)
    assert.deepEqual(
      open.lines().map((line) => /^\[(\w+)\]/.exec(line)?.[1]),
      expected,
    )
  })
}

test('a new level holds at once, for logs that were named before too', (t) => {
  const { log, setLevel, lines } = logToFile(t, { log_level: 3, log_timestamp: false })
  const named = log.named('xmpp')
  named.info('one')
  setLevel('info')
  named.info('two')
  setLevel(2)
  named.warn('three')
  assert.deepEqual(lines(), ['[info] xmpp: two'])
})

test('an unknown level is refused with what is allowed', (t) => {
  for (const level of [7, -1, 2.5, 'loud', '__proto__', '']) {
    assert.throws(() => logToFile(t, { log_level: level }), {
      name: 'FatalError',
      message: /log_level .* must be 0 to 6/,
    })
  }
})

test('nothing in a text, a name or a field can begin a line or turn the reading order', (t) => {
  const { log, lines } = logToFile(t, { log_timestamp: false })
  const attack = 'x\n2026-01-01T00:00:00.000Z [error] forged\r\u001b[2J\u0085\u2028\u202e\u2066\u0000'
  log.named(attack).info(attack, { [attack]: attack })
  assert.equal(lines().length, 1)
  const harmful = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
  assert.doesNotMatch(lines()[0] ?? '', harmful)
  assert.match(lines()[0] ?? '', /x\\n2026/, 'line ends stay legible')
})

test('whatever is logged makes exactly one line of text, and one of JSON that gives it back', (t) => {
  const text = logToFile(t)
  const json = logToFile(t, { log_format: 'json' })
  let count = 0
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, value) => {
      count += 1
      text.log.named(value).info(message, { value })
      json.log.named(value).info(message, { value })
      const last = json.lines().at(-1) ?? ''
      const parsed: unknown = JSON.parse(last)
      assert.equal(text.lines().length, count)
      assert.equal(json.lines().length, count)
      assert.deepEqual(parsed, { level: 'info', time: TIME, value, name: value, msg: message })
    }),
  )
})

test('the file is made with mode 0640, and appended to by the next start', async (t) => {
  const umask = process.umask(0)
  t.after(() => process.umask(umask))
  const first = logToFile(t, { log_timestamp: false })
  first.log.info('one')
  assert.equal(statSync(first.file).mode & 0o777, 0o640)
  await first.close()
  const second = logToFile(t, { log_file: first.file, log_timestamp: false })
  second.log.info('two')
  assert.deepEqual(first.lines(), ['[info] one', '[info] two'])
})

test('after logrotate, reopen goes on in a new file', (t) => {
  const { log, reopen, file, lines } = logToFile(t, { log_timestamp: false })
  log.info('one')
  renameSync(file, `${file}.1`)
  log.info('two')
  reopen()
  log.info('three')
  assert.equal(readFileSync(`${file}.1`, 'utf8'), '[info] one\n[info] two\n')
  assert.deepEqual(lines(), ['[info] three'])
})

test('where reopening fails, the old file goes on and says why', (t) => {
  const file = join(temporaryFolder(t), 'logs.d')
  const { log, reopen } = logToFile(t, { log_file: file, log_timestamp: false })
  log.info('one')
  renameSync(file, `${file}.1`)
  // A directory stands where the file should be.
  mkdirSync(file)
  reopen()
  log.info('two')
  const lines = readFileSync(`${file}.1`, 'utf8').split('\n')
  assert.equal(lines[0], '[info] one')
  assert.match(lines[1] ?? '', /^\[error\] log_file .*logs\.d can't be opened: EISDIR/)
  assert.equal(lines[2], '[info] two')
})

test('a log file that can not be opened is fatal, with its name and a remedy', (t) => {
  const file = join(temporaryFolder(t), 'missing', 'presence.log')
  assert.throws(
    () => logToFile(t, { log_file: file }),
    (error: unknown) => {
      assert.ok(error instanceof FatalError)
      assert.ok(error.message.includes(file))
      assert.match(error.message, /choose another log_file/)
      return true
    },
  )
})

test('after its close a log takes lines without failing, and writes none', async (t) => {
  const { log, close, lines } = logToFile(t, { log_timestamp: false })
  log.info('one')
  await close()
  log.info('two')
  await close()
  assert.deepEqual(lines(), ['[info] one'])
})

for (const log_format of ['text', 'json'] as const) {
  test(`however much is said, a line of ${log_format} stays short, and tells how much is missing`, (t) => {
    const { log, lines } = logToFile(t, { log_format })
    const much = '🙂x'.repeat(1_000_000)
    log.named(much).error(`the server said ${much}`, { why: much, [much]: 1 })
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field${index}`, 'x'.repeat(100)]))
    log.error('x'.repeat(8_000), many)
    log.error('x'.repeat(8_001))
    const [first = '', second = '', third = '', ...rest] = lines()
    assert.deepEqual(rest, [])
    assert.ok(first.length < 16_000, `${first.length} characters`)
    assert.match(first, /… \(2992016 characters more\)/)
    assert.ok(second.length < 20_000)
    assert.match(second, /field49/)
    assert.doesNotMatch(second, /field50|more\)/)
    assert.match(third, /… \(1 characters more\)/)
  })
}
