// The packages for the tests: installed once, without starting services, and without leaving a trace. apt-get is a fake here.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const SCRIPT = join(import.meta.dirname, '../../support/install-packages.mjs')

interface Machine {
  /** The packages that are there; `apt-get install` adds to them once it knows them. */
  readonly installed: readonly string[]
  /** Whether apt-get knows of packages before its update. */
  readonly upToDate?: boolean
  /** A policy that the administrator has made. */
  readonly policy?: string
  /** What sudo says, and nobody is root. */
  readonly sudo?: 'yes' | 'no'
}

/** Runs the script among fake commands; `calls` are apt-get's, each with the policy that held during it. */
function install(t: TestContext, machine: Machine) {
  const folder = temporaryFolder(t)
  const file = (name: string): string => join(folder, name)
  const command = (name: string, text: string): void => {
    writeFileSync(file(name), `#!/bin/sh\nPATH=/usr/bin:/bin\ncd '${folder}'\n${text}\n`)
    chmodSync(file(name), 0o755)
  }
  writeFileSync(file('installed'), machine.installed.map((name) => `${name} ii \n`).join(''))
  writeFileSync(file('calls'), '')
  if (machine.upToDate !== false) writeFileSync(file('known'), '')
  if (machine.policy !== undefined) writeFileSync(file('policy'), machine.policy)
  command('dpkg-query', 'cat installed')
  command(
    'sudo',
    machine.sudo === 'yes'
      ? 'echo sudo >> sudone; shift; [ "$1" = env ] && shift && shift; PATH="$PWD:$PATH" exec "$@"'
      : 'exit 1',
  )
  command(
    'apt-get',
    `while [ "\${1#-}" != "$1" ]; do [ "$1" = -o ] && shift; shift; done
echo "$* | $(tail -n 1 policy 2>/dev/null)" >> calls
case $1 in
  update) touch known;;
  install) [ -e known ] || exit 100; shift 2; for name; do echo "$name ii " >> installed; done;;
esac`,
  )
  const start = `if (${machine.sudo !== undefined}) process.getuid = () => 1000
    const { installPackages } = await import(${JSON.stringify(SCRIPT)})
    console.error(installPackages(${JSON.stringify(file('policy'))}) ?? 'fine')`
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', start], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:/usr/bin:/bin` },
  })
  return {
    answer: stderr.trim(),
    calls: readFileSync(file('calls'), 'utf8').split('\n').slice(0, -1),
    policy: existsSync(file('policy')) ? readFileSync(file('policy'), 'utf8') : undefined,
    usedSudo: existsSync(file('sudone')),
  }
}

const { PACKAGES }: { PACKAGES: ReadonlyMap<string, string> } = await import(SCRIPT)
const ALL = [...PACKAGES.keys()]

test('when everything is there, nothing is called', (t) => {
  assert.deepEqual(install(t, { installed: ALL, sudo: 'no' }), {
    answer: 'fine',
    calls: [],
    policy: undefined,
    usedSudo: false,
  })
})

test('what is missing is installed while no service may start, and the policy goes again', (t) => {
  const { answer, calls, policy } = install(t, { installed: ALL.slice(2), sudo: 'yes' })
  assert.equal(answer, 'fine')
  assert.deepEqual(calls, ['install --no-install-recommends prosody ejabberd | exit 101'])
  assert.equal(policy, undefined)
})

test('the lists of packages are only fetched when they do not know enough', (t) => {
  const { answer, calls, policy } = install(t, { installed: ALL.slice(1), upToDate: false, sudo: 'yes' })
  assert.equal(answer, 'fine')
  assert.deepEqual(calls, [
    'install --no-install-recommends prosody | exit 101',
    'update | exit 101',
    'install --no-install-recommends prosody | exit 101',
  ])
  assert.equal(policy, undefined)
})

test('a policy that an administrator has made is used and kept', (t) => {
  const { answer, calls, policy } = install(t, { installed: ALL.slice(1), policy: 'exit 7\n', sudo: 'yes' })
  assert.equal(answer, 'fine')
  assert.deepEqual(calls, ['install --no-install-recommends prosody | exit 7'])
  assert.equal(policy, 'exit 7\n')
})

test('whoever may not become root is told the one line to run', (t) => {
  const { answer, calls } = install(t, { installed: ALL.slice(2), sudo: 'no' })
  assert.equal(answer, 'The tests need prosody, ejabberd. Run: sudo node test/support/install-packages.mjs')
  assert.deepEqual(calls, [])
})
