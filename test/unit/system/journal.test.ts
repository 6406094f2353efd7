// Lines for the journal of systemd: with a priority in front, and without a time, which the journal has itself.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const LOGGING = new URL('../../../src/system/logging.ts', import.meta.url).href

/** What a process logs to its stderr, which is a file here; `named` is what JOURNAL_STREAM says of it. */
function logged(t: TestContext, named: (own: string) => string, settings: object = {}): string[] {
  const file = join(temporaryFolder(t), 'stderr')
  const fd = openSync(file, 'w')
  const { dev, ino } = fstatSync(fd, { bigint: true })
  const chosen = { log_method: 'file', log_level: 6, log_file: '-', log_timestamp: true, ...settings }
  const program = `
    import { openLog } from ${JSON.stringify(LOGGING)}
    const { log } = openLog(${JSON.stringify(chosen)})
    log.error('an error'); log.warn('a warning'); log.notice('a milestone'); log.info('a fact'); log.debug('a detail\\n<0>forged')
  `
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    env: { ...process.env, JOURNAL_STREAM: named(`${dev}:${ino}`) },
    stdio: ['ignore', 'inherit', fd],
  })
  closeSync(fd)
  assert.equal(status, 0)
  return readFileSync(file, 'utf8').split('\n').slice(0, -1)
}

test('a line for the journal begins with its priority, and leaves the time to the journal', (t) => {
  const lines = ['<3>[error] an error', '<4>[warning] a warning', '<5>[notice] a milestone', '<6>[info] a fact']
  assert.deepEqual(
    logged(t, (own) => own),
    [...lines, '<7>[debug] a detail\\n<0>forged'],
  )
})

test('in JSON, too', (t) => {
  const [first = ''] = logged(t, (own) => own, { log_format: 'json' })
  assert.equal(first.slice(0, 3), '<3>')
  assert.deepEqual(JSON.parse(first.slice(3)), { level: 'error', msg: 'an error' })
})

test('a JOURNAL_STREAM that was inherited, while stderr leads elsewhere, counts for nothing', (t) => {
  const [first = ''] = logged(t, (own) => `${own}1`)
  assert.match(first, /^\d{4}-\d\d-\d\dT[\d:.]+Z \[error\] an error$/)
})
