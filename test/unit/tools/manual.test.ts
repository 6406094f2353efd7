// The manual pages and the completion: made from the code, and good in the eyes of the programs that read them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generatedFiles } from '../../../tools/manual/files.ts'

const ROOT = join(import.meta.dirname, '../../..')
const MAN = join(ROOT, 'deploy/man')
const PAGES = ['kopano-presence.8', 'presence.cfg.5']
const COMPLETION = join(ROOT, 'deploy/bash-completion/kopano-presence')

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } })
}

test('every file that is made from the options and commands says what they say', async () => {
  for (const [path, text] of await generatedFiles()) {
    assert.equal(readFileSync(join(ROOT, path), 'utf8'), text, `${path} is old; write it anew: npm run manual`)
  }
})

test('mandoc and man have nothing to say against the pages', () => {
  for (const page of PAGES) {
    const linted = run('mandoc', ['-Tlint', '-Wwarning', join(MAN, page)])
    assert.deepEqual([linted.stdout, linted.status], ['', 0])
    const shown = run('man', ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', join(MAN, page)], {
      MANWIDTH: '80',
      LC_ALL: 'C.UTF-8',
    })
    assert.deepEqual([shown.stderr, shown.status], ['', 0])
  }
})

test('the page of the program has every command with its arguments, that of the file every option with its default', () => {
  const read = (page: string) => run('mandoc', ['-Tutf8', '-Owidth=200', join(MAN, page)]).stdout.replace(/.[\b]/gs, '')
  const program = read('kopano-presence.8')
  assert.match(
    program,
    /kopano-presence set \[-C FILE\] \[--url URL\] \[--source SOURCE\] \[--expires-in SECONDS\] USER STATUS \[MESSAGE\]/,
  )
  assert.match(program, /-C, --config FILE\n/)
  assert.match(program, /STATUS +The state: one of available, busy, away, unavailable\./)
  const file = read('presence.cfg.5')
  assert.match(
    file,
    /server_port\n +The TCP port to listen on; .* Must be a whole number from 0 to 65535\. +Default: 1234\.\n/,
  )
  assert.match(file, /xmpp_password\n(?: .*)*xmpp_password_file names/)
  for (const [, option] of readFileSync(join(ROOT, 'deploy/presence.cfg'), 'utf8').matchAll(/^#(\w+(?<!_file)) =/gm)) {
    // What is said of a short one may begin in its line.
    assert.match(file, new RegExp(`\\b${option}(?:\\n| {2})`), `presence.cfg(5) has no ${option}`)
  }
})

/** What bash offers for the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `. '${COMPLETION}'; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kopano_presence; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr, status } = run('bash', ['-euc', script, 'bash', ...words])
  assert.deepEqual([stderr, status], ['', 0])
  return stdout.split('\n').filter((word) => word !== '')
}

test('bash completes commands, the options and words of each, and files where one is wanted', () => {
  assert.deepEqual(offered('kopano-presence', 'che'), ['check'])
  assert.ok(offered('kopano-presence', '').includes('board-link'))
  assert.deepEqual(offered('kopano-presence', 'set', 'ada@example.com', 'a'), ['available', 'away'])
  assert.deepEqual(offered('kopano-presence', '-C', '/etc/x.cfg', 'get', '--js'), ['--json'])
  assert.deepEqual(offered('kopano-presence', 'check', '--json'), [])
  assert.deepEqual(offered('kopano-presence', '-C', join(MAN, 'presence')), [join(MAN, 'presence.cfg.5')])
  for (const command of ['backup', 'restore', 'export', 'import']) {
    assert.deepEqual(offered('kopano-presence', command, join(MAN, 'kopano')), [join(MAN, 'kopano-presence.8')])
  }
  assert.deepEqual(run('shellcheck', ['-s', 'bash', COMPLETION]).stdout, '')
})
