// The installation's own secret: made once, kept private, never told.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readOrMakeSecret } from '../../../src/system/secret.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('the first start makes a secret of 32 random bytes that only its owner can read', (t) => {
  const umask = process.umask(0)
  t.after(() => process.umask(umask))
  const folder = temporaryFolder(t)
  const secret = readOrMakeSecret(folder, recordedLog())
  assert.match(secret, /^[\w-]{43}$/)
  assert.equal(Buffer.from(secret, 'base64url').length, 32)
  assert.equal(readFileSync(join(folder, 'secret'), 'utf8'), `${secret}\n`)
  assert.equal(statSync(join(folder, 'secret')).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(folder), ['secret'], 'no draft is left behind')
  assert.notEqual(readOrMakeSecret(temporaryFolder(t), recordedLog()), secret, 'another installation has another one')
})

test('later starts take the same secret and say nothing', (t) => {
  const folder = temporaryFolder(t)
  const secret = readOrMakeSecret(folder, recordedLog())
  const log = recordedLog()
  assert.equal(readOrMakeSecret(folder, log), secret)
  assert.deepEqual(log.lines, [])
})

test('the log says where the secret is, and never what it is', (t) => {
  const folder = temporaryFolder(t)
  const log = recordedLog()
  const secret = readOrMakeSecret(folder, log)
  assert.deepEqual(
    log.lines.map(({ level }) => level),
    ['notice'],
  )
  assert.ok(log.lines[0]?.text.includes(join(folder, 'secret')))
  assert.ok(!JSON.stringify(log.lines).includes(secret))
})

test('a secret that an administrator wrote is taken as it is, less the line end', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'secret'), 'GEHEIM\r\n', { mode: 0o600 })
  assert.equal(readOrMakeSecret(folder, recordedLog()), 'GEHEIM')
})

for (const mode of [0o640, 0o604, 0o620, 0o601]) {
  test(`a secret with mode ${mode.toString(8)} is refused with the remedy`, (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'secret')
    writeFileSync(file, 'GEHEIM\n')
    chmodSync(file, mode)
    assert.throws(
      () => readOrMakeSecret(folder, recordedLog()),
      (error: unknown) => {
        assert.ok(error instanceof Error)
        assert.equal(error.name, 'FatalError')
        assert.ok(error.message.includes(`chmod 600 ${file}`), error.message)
        assert.ok(error.message.includes(`0${mode.toString(8)}`), error.message)
        assert.ok(!error.message.includes('GEHEIM'))
        return true
      },
    )
    assert.equal(readFileSync(file, 'utf8'), 'GEHEIM\n', 'it is not replaced')
  })
}

test('an empty secret is refused, since every token would be easy to forge', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'secret'), ' \n', { mode: 0o600 })
  assert.throws(() => readOrMakeSecret(folder, recordedLog()), {
    name: 'FatalError',
    message: /is empty\. Remove the file/,
  })
})

test('what is no file, or has no directory, is refused with its name and a remedy', (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'secret'), { mode: 0o700 })
  assert.throws(() => readOrMakeSecret(folder, recordedLog()), {
    name: 'FatalError',
    message: /not a file.*server_secret_key/,
  })
  assert.throws(() => readOrMakeSecret(join(folder, 'missing'), recordedLog()), {
    name: 'FatalError',
    message: /ENOENT.*server_secret_key/,
  })
})
