// The systemd unit, judged by systemd's own tools.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const UNIT = new URL('../../../deploy/systemd/kopano-presence.service', import.meta.url).pathname

test('the unit leaves the daemon so little that systemd-analyze finds an exposure of 2.0 or less', () => {
  // In tenths; the exit code says whether it is kept.
  const options = ['security', '--offline=true', '--no-pager', '--threshold=20']
  const { status, stdout } = spawnSync('systemd-analyze', [...options, UNIT], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
  assert.match(stdout, /Overall exposure level for kopano-presence\.service: [01]\.\d/)
})

test('systemd understands every line of the unit', (t) => {
  const folder = temporaryFolder(t)
  const unit = join(folder, 'kopano-presence.service')
  const text = readFileSync(UNIT, 'utf8')
  // What only an installation has.
  writeFileSync(unit, text.replace('/usr/sbin/kopano-presence', '/bin/true').replace(/^Documentation=.*$/m, ''))
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
})
