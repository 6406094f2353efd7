// The pid file: written, replaced when stale, removed by its owner only.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { removePidFile, writePidFile } from '../../../src/system/pid-file.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** A process with this word among its arguments; ended after the test. */
async function otherProcess(t: TestContext, word: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1e6)', word], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  assert.ok(child.pid !== undefined)
  return child.pid
}

async function deadProcess(): Promise<number> {
  const child = spawn('true')
  await once(child, 'exit')
  assert.ok(child.pid !== undefined)
  return child.pid
}

test('the pid file holds the pid and a line end, and goes with its owner', (t) => {
  const path = join(temporaryFolder(t), 'presence.pid')
  const log = recordedLog()
  assert.equal(writePidFile({ path, askedFor: true, log }), true)
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`)
  removePidFile(path, log)
  assert.ok(!existsSync(path))
  removePidFile(path, log)
  assert.deepEqual(log.lines, [])
})

test('a pid file that another process wrote meanwhile is not removed', (t) => {
  const path = join(temporaryFolder(t), 'presence.pid')
  writePidFile({ path, askedFor: true, log: recordedLog() })
  writeFileSync(path, '12345\n')
  removePidFile(path, recordedLog())
  assert.equal(readFileSync(path, 'utf8'), '12345\n')
})

test('the file of a dead process, of another program, of this very pid, or with rubbish in it is replaced', async (t) => {
  const folder = temporaryFolder(t)
  const contents = [
    `${await deadProcess()}\n`,
    `${await otherProcess(t, 'something-else')}\n`,
    `${process.pid}\n`,
    'rubbish',
    '-1',
    '',
  ]
  for (const [number, content] of contents.entries()) {
    const path = join(folder, `${number}.pid`)
    writeFileSync(path, content)
    assert.equal(writePidFile({ path, askedFor: true, log: recordedLog() }), true, content)
    assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`, content)
  }
})

test('while another daemon runs, starting with its pid file is refused, asked for or not', async (t) => {
  const path = join(temporaryFolder(t), 'presence.pid')
  const pid = await otherProcess(t, '/usr/bin/kopano-presence')
  writeFileSync(path, `${pid}\n`)
  for (const askedFor of [true, false]) {
    assert.throws(() => writePidFile({ path, askedFor, log: recordedLog() }), {
      name: 'FatalError',
      message: new RegExp(`running \\(process ${pid}\\)`),
    })
  }
  assert.equal(readFileSync(path, 'utf8'), `${pid}\n`)
})

test('a missing directory is a note for the default path and fatal for one that was asked for; it is never made', (t) => {
  const folder = join(temporaryFolder(t), 'missing')
  const path = join(folder, 'presence.pid')
  const log = recordedLog()
  assert.equal(writePidFile({ path, askedFor: false, log }), false)
  assert.deepEqual(
    log.lines.map(({ level }) => level),
    ['info'],
  )
  assert.ok(log.lines[0]?.text.includes(path))
  assert.throws(() => writePidFile({ path, askedFor: true, log }), {
    name: 'FatalError',
    message: /pid_file .*missing.* set another pid_file/,
  })
  assert.ok(!existsSync(folder))
})

test('a link in its place is replaced, and what it leads to stays', (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'presence.pid')
  const target = join(folder, 'precious')
  writeFileSync(target, 'precious')
  symlinkSync(target, path)
  writePidFile({ path, askedFor: true, log: recordedLog() })
  assert.equal(readFileSync(target, 'utf8'), 'precious')
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`)
})

test('a pid file that can not be read is told in the log when it should be removed', (t) => {
  const path = join(temporaryFolder(t), 'presence.pid')
  mkdirSync(path)
  const log = recordedLog()
  removePidFile(path, log)
  assert.match(log.lines[0]?.text ?? '', /could not be removed \(EISDIR/)
})
