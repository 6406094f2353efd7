// Giving up root's rights: tried by a child process, for real when the tests run as root.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findAccount, findGroup } from '../../../src/system/accounts.ts'
import { forbidCoreDumps } from '../../../src/system/core-dumps.ts'
import { prepareDirectories } from '../../../src/system/directories.ts'
import type { DropSettings } from '../../../src/system/privileges.ts'
import { type RecordedLine, recordedLog } from '../../support/recorded-log.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

interface Outcome {
  readonly error?: string
  readonly lines: readonly RecordedLine[]
  readonly ids: readonly number[]
  readonly groups: readonly number[]
  readonly writes: readonly string[]
  readonly back: readonly string[]
}

const CHILD = join(import.meta.dirname, '../../support/drop-privileges.ts')
const ASKED = { user: true, group: true }
const DEFAULT = { user: false, group: false }
const root = process.getuid?.() === 0
const nobody = findAccount('nobody')
const nobodysGroup = nobody === undefined ? undefined : findGroup(String(nobody.gid))

function drop(settings: Omit<DropSettings, 'log'> & { startAs?: number; startGroups?: readonly number[] }): Outcome {
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(settings)], {
    encoding: 'utf8',
  })
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout) as Outcome
}

test('an account is found by name and by number, and what is not there is not found', () => {
  assert.deepEqual(findAccount('root'), { name: 'root', uid: 0, gid: 0 })
  assert.deepEqual(findAccount('0'), { name: 'root', uid: 0, gid: 0 })
  assert.deepEqual(findGroup('root'), { name: 'root', gid: 0 })
  for (const name of ['no-such-account', '--help', '', '__proto__', 'root:x']) {
    assert.equal(findAccount(name), undefined, name)
    assert.equal(findGroup(name), undefined, name)
  }
})

test('whoever is not root stays who they are, with a note and without failing', () => {
  assert.ok(nobody !== undefined)
  const start = root ? { startAs: nobody.uid } : {}
  const { error, lines, ids } = drop({ user: 'kopano', group: 'kopano', askedFor: ASKED, paths: [], ...start })
  assert.equal(error, undefined)
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['info'],
  )
  assert.match(lines[0]?.text ?? '', /without root's rights, so run_as_user kopano/)
  if (root) assert.deepEqual(ids.slice(0, 2), [nobody.uid, nobody.uid])
})

if (root && nobody !== undefined && nobodysGroup !== undefined) {
  const { uid, gid } = nobody
  const settings = { user: 'nobody', group: nobodysGroup.name, askedFor: ASKED, paths: [] }

  test('root becomes the account, with its groups, and there is no way back', () => {
    const { error, ids, groups, back } = drop({ ...settings, startGroups: [0, 4242] })
    assert.equal(error, undefined)
    assert.deepEqual(ids, [uid, uid, gid, gid])
    assert.ok(!groups.includes(0) && !groups.includes(4242), `groups ${groups}`)
    assert.deepEqual(back, ['EPERM', 'EPERM', 'EPERM'])
  })

  test('the account may write what it was given, also where root had made it, and nothing else', (t) => {
    const folder = temporaryFolder(t)
    chmodSync(folder, 0o755)
    const data = join(folder, 'data')
    prepareDirectories([{ path: data, option: 'data_path' }])
    writeFileSync(join(data, 'old'), '', { mode: 0o600 })
    const log = join(folder, 'presence.log')
    writeFileSync(log, '', { mode: 0o640 })
    const other = join(folder, 'other')
    writeFileSync(other, '', { mode: 0o600 })
    const given = drop({ ...settings, paths: [data, log, join(folder, 'missing')] })
    assert.equal(given.error, undefined)
    assert.deepEqual(
      given.lines.map(({ level }) => level),
      ['info'],
    )
    const owners = [data, join(data, 'old'), log, other].map((path) => statSync(path).uid)
    assert.deepEqual(owners, [uid, uid, uid, 0])
    assert.equal(given.writes[1], 'done')
    assert.equal(statSync(log).gid, gid)
  })

  test('links and files with a second name keep their owner, since the account could have put them there', (t) => {
    const folder = temporaryFolder(t)
    const data = join(folder, 'data')
    mkdirSync(data)
    const precious = join(folder, 'precious')
    writeFileSync(precious, 'precious', { mode: 0o600 })
    symlinkSync(precious, join(data, 'link'))
    linkSync(precious, join(data, 'second-name'))
    symlinkSync(precious, join(folder, 'presence.log'))
    const { lines } = drop({ ...settings, paths: [data, join(folder, 'presence.log')] })
    assert.match(lines[0]?.text ?? '', /presence\.log is a symbolic link/)
    assert.equal(statSync(precious).uid, 0)
    assert.equal(readFileSync(precious, 'utf8'), 'precious')
  })

  test('an account that is only the default and does not exist is a note; it goes on as root', () => {
    const { error, lines, ids } = drop({
      user: 'no-such-account',
      group: 'no-such-group',
      askedFor: DEFAULT,
      paths: [],
    })
    assert.equal(error, undefined)
    assert.deepEqual(ids, [0, 0, 0, 0])
    assert.deepEqual(
      lines.map(({ level }) => level),
      ['notice'],
    )
    assert.match(lines[0]?.text ?? '', /Running as root, since the account no-such-account does not exist/)
  })

  test('an account that was asked for and does not exist is fatal, with the remedy', () => {
    const { error, ids } = drop({ ...settings, user: 'no-such-account' })
    assert.match(
      error ?? '',
      /^FatalError: run_as_user no-such-account: there is no such account\. Create it \(adduser /,
    )
    assert.deepEqual(ids, [0, 0, 0, 0])
  })

  test('a group that was asked for and does not exist is fatal; a default one gives way to the primary group', () => {
    const asked = drop({ ...settings, group: 'no-such-group' })
    assert.match(asked.error ?? '', /^FatalError: run_as_group no-such-group: there is no such group/)
    assert.deepEqual(asked.ids, [0, 0, 0, 0])
    const byDefault = drop({ ...settings, group: 'no-such-group', askedFor: { user: true, group: false } })
    assert.equal(byDefault.error, undefined)
    assert.deepEqual(byDefault.ids, [uid, uid, gid, gid])
  })

  test('without a group it is the primary one of the account', () => {
    const { error, ids } = drop({ ...settings, group: undefined })
    assert.equal(error, undefined)
    assert.deepEqual(ids, [uid, uid, gid, gid])
  })

  test('what belongs to a third account stays with it, and a warning says so', (t) => {
    const folder = temporaryFolder(t)
    const data = join(folder, 'data')
    mkdirSync(data)
    chownSync(data, uid + 1, gid)
    const { error, lines } = drop({ ...settings, paths: [data] })
    assert.equal(error, undefined)
    assert.equal(statSync(data).uid, uid + 1)
    assert.match(lines.find(({ level }) => level === 'warn')?.text ?? '', /data belongs to another account .* chown/)
  })
}

test('a missing directory is made, closed to others, and those above it open to all', (t) => {
  const umask = process.umask(0o022)
  t.after(() => process.umask(umask))
  const folder = temporaryFolder(t)
  const path = join(folder, 'lib', 'kopano', 'presence')
  prepareDirectories([{ path, option: 'data_path' }])
  assert.equal(statSync(path).mode & 0o777, 0o750)
  assert.equal(statSync(join(folder, 'lib', 'kopano')).mode & 0o777, 0o755)
  prepareDirectories([{ path: `${path}/`, option: 'data_path' }])
})

test('where a file stands in the way of a directory, the error names the option and the remedy', (t) => {
  const path = join(temporaryFolder(t), 'data')
  writeFileSync(path, '')
  assert.throws(() => prepareDirectories([{ path, option: 'data_path' }]), {
    name: 'FatalError',
    message: /^data_path .*data can't be made a directory: EEXIST.* set data_path to another/,
  })
})

test('core dumps are turned off for good', async () => {
  const log = recordedLog()
  await forbidCoreDumps(log)
  assert.deepEqual(log.lines, [])
  const limits = readFileSync('/proc/self/limits', 'utf8')
  assert.match(limits, /^Max core file size +0 +0 /m)
})

test('without prlimit a note says what to do instead', async (t) => {
  const path = process.env.PATH
  process.env.PATH = temporaryFolder(t)
  t.after(() => {
    process.env.PATH = path
  })
  const log = recordedLog()
  await forbidCoreDumps(log)
  assert.match(log.lines[0]?.text ?? '', /could not be turned off.*ENOENT.*LimitCORE=0/)
})
