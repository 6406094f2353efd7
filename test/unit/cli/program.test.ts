// How the program is called: commands, flags, exit codes; and `serve` and `check`.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import type { DaemonDoor, Screen } from '../../../src/cli/context.ts'
import { FatalError } from '../../../src/core/errors.ts'
import { command } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

type RunOptions = Parameters<DaemonDoor['runDaemon']>[0]

/** Where the daemon says that it answers, and what the command can see. */
interface Started {
  readonly address?: string
  readonly url?: string
  readonly screen?: Screen
}

const SCREEN: Screen = { columns: () => 80, rows: () => 24, write() {}, onResize: () => () => {} }

/** Gives a command to a daemon that only notes how it was started. */
async function started(
  folder: string,
  args: readonly string[],
  { address = 'http://127.0.0.1:1234', url, ...surroundings }: Started = {},
) {
  const runs: RunOptions[] = []
  const outcome = await command(folder, args, {
    async runDaemon(options) {
      runs.push(options)
      await options.ready?.(address, { url, code: () => Promise.resolve('c0de') })
      return 0
    },
    ...surroundings,
  })
  return { ...outcome, run: runs[0], runs }
}

suite('the command line', () => {
  test('is 2 for a wrong call, with the mistake and a pointer to the help on the error output', async (t) => {
    const folder = temporaryFolder(t)
    for (const args of [
      ['get'],
      ['token'],
      ['token', ''],
      ['get', 'x'.repeat(1025)],
      ['get', 'u@x', '--url', 'presence'],
      ['get', 'u@x', '--url', 'file:///etc/passwd'],
      ['set', 'u@x', 'gone'],
      ['set', 'u@x'],
      ['set', 'u@x', 'busy', '--expires-in', '1.5'],
      ['set', 'u@x', 'busy', '--source', '../x'],
      ['watch', 'u@x', '--domain', 'x'],
      ['start'],
      ['--frobnicate'],
      ['check', 'twice', 'or more'],
      ['board-link', ''],
      ['board-link', 'u@x', '--url', 'board'],
      ['-C'],
    ]) {
      const { code, out, err } = await command(folder, args)
      assert.equal(code, 2, args.join(' '))
      assert.deepEqual(out, [])
      assert.match(err.join('\n'), /^error: .*\n.*--help/, args.join(' '))
    }
  })

  test('repeats nothing to the terminal that could act on it', async (t) => {
    const { err } = await command(temporaryFolder(t), ['--\u001b[31m'])
    assert.equal(err.join().includes('\u001b'), false)
  })

  test('prints version and help to the output', async (t) => {
    const folder = temporaryFolder(t)
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
    assert.deepEqual(await command(folder, ['--version']), { code: 0, out: [version], err: [] })
    const help = await command(folder, ['--help'])
    assert.equal(help.code, 0)
    for (const name of [
      'serve',
      'check',
      'token',
      'get',
      'set',
      'watch',
      'sources',
      'withdraw',
      'forget',
      'board-link',
      'backup',
      'restore',
    ])
      assert.match(help.out.join('\n'), new RegExp(` {2}${name} `))
    assert.match((await command(folder, ['get', '--help'])).out.join('\n'), /--url.*--config/s)
  })

  test('has no command that the table in docs/operating.md leaves out', async (t) => {
    const help = await command(temporaryFolder(t), ['--help'])
    const names = [...help.out.join('\n').matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name)
    assert.ok(names.length > 10)
    const manual = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8')
    for (const name of names.filter((one) => one !== 'serve' && one !== 'help')) {
      assert.match(manual, new RegExp(`^\\| \`kopano-presence ${name}[ \`]`, 'm'), name)
    }
  })
})

suite('kopano-presence serve', () => {
  test('is what runs without a command; -C names the file, -F is accepted silently', async (t) => {
    const folder = temporaryFolder(t)
    for (const args of [
      ['-C', 'x.cfg'],
      ['serve', '--config', 'x.cfg'],
      ['-F', '-C', 'x.cfg'],
      ['-C', 'x.cfg', 'serve', '-F'],
    ]) {
      const { code, out, err, run } = await started(folder, args)
      assert.equal(code, 0, args.join(' '))
      assert.equal(run?.file, 'x.cfg')
      assert.deepEqual(run.defaults, {})
      assert.deepEqual([out, err], [[], []])
    }
  })

  test('accepts -K, -Q and -S of the old daemon, with or without values, with a note that repeats no password', async (t) => {
    const folder = temporaryFolder(t)
    for (const args of [
      ['-K', '-Q', '-S', '-C', 'x.cfg'],
      ['-K', 'key.pem', '-Q', 'PSSST', '-S', 'file:///run/server.sock', '-F', '-C', 'x.cfg'],
    ]) {
      const { code, err, run } = await started(folder, args)
      assert.equal(code, 0)
      assert.equal(run?.file, 'x.cfg')
      assert.equal(err.length, 1)
      assert.match(err[0] ?? '', /^note: -K -Q -S without effect/)
      assert.doesNotMatch(err[0] ?? '', /PSSST/)
    }
  })

  test('takes presence.cfg of KOPANO_CFG_DIR when there is one', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, '')
    const { out, run } = await started(folder, [])
    assert.equal(run?.file, `${folder}/presence.cfg`)
    assert.deepEqual(out, [])
  })

  test('without any file stays in the folder and prints two commands to try', async (t) => {
    const folder = temporaryFolder(t)
    const { out, run } = await started(folder, ['serve'])
    assert.equal(run?.file, undefined)
    assert.equal(run?.defaults.data_path, `${folder}/data`)
    assert.equal('pid_file' in run.defaults && run.defaults.pid_file === undefined, true)
    const commands = out.filter((line) => line.startsWith('  kopano-presence '))
    assert.deepEqual(commands, [
      '  kopano-presence set you@example.com available "Hello there"',
      '  kopano-presence get you@example.com',
    ])
  })

  test('shows a link to the board on a terminal, and never where the output may be kept', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, '')
    const board = /board/i
    for (const args of [[], ['serve', '-C', 'x.cfg'], ['serve', '-C', `${folder}/none.cfg`]]) {
      const { out, err } = await started(folder, args, { screen: SCREEN })
      assert.deepEqual(out.slice(1), ['', '  http://127.0.0.1:1234/board/#code=c0de', ''])
      const more = `kopano-presence board-link${args
        .slice(1)
        .map((arg) => ` ${arg}`)
        .join('')}`
      assert.ok(out[0]?.includes(`works once, within ten minutes; "${more}" makes more`), out[0])
      assert.deepEqual(err, [])
      const quiet = await started(folder, args)
      assert.doesNotMatch([...quiet.out, ...quiet.err].join(), board)
    }
    const trial = await started(temporaryFolder(t), [], { screen: SCREEN })
    assert.match(trial.out.join('\n'), /Try it in another terminal.*#code=c0de/s)
    assert.doesNotMatch((await started(temporaryFolder(t), [])).out.join(), board)
  })

  test('shows the public address of the board where there is one, and else one that this machine reaches', async (t) => {
    const folder = temporaryFolder(t)
    const shown = async (where: Started) =>
      (await started(folder, ['-C', 'x.cfg'], { ...where, screen: SCREEN })).out[2]?.trim()
    const url = 'https://example.com/presence/board/'
    assert.equal(await shown({ url }), `${url}#code=c0de`)
    assert.equal(await shown({ address: 'http://0.0.0.0:80' }), 'http://127.0.0.1/board/#code=c0de')
    assert.equal(await shown({ address: 'http://[::]:1234' }), 'http://[::1]:1234/board/#code=c0de')
    assert.equal(await shown({ address: 'http://[2001:db8::1]:1234' }), 'http://[2001:db8::1]:1234/board/#code=c0de')
  })

  test("hands on the daemon's exit code, and 1 with the reason when it can't start", async (t) => {
    const folder = temporaryFolder(t)
    assert.equal((await command(folder, [], { runDaemon: () => Promise.resolve(3) })).code, 3)
    const failed = await command(folder, [], { runDaemon: () => Promise.reject(new FatalError('The port is taken.')) })
    assert.deepEqual(failed, { code: 1, out: [], err: ['The port is taken.'] })
  })
})

suite('kopano-presence check', () => {
  test('tells notes and a summary, and is 0, when the file is right', async (t) => {
    const folder = temporaryFolder(t)
    const file = `${folder}/presence.cfg`
    writeFileSync(
      file,
      'plugins = spreed office=xmpp\noffice_jid = a@b\noffice_password = x\noffice_grace = 3\nnonsense = 1\n',
    )
    const { code, out, err } = await command(folder, ['check'])
    assert.equal(code, 0)
    assert.deepEqual(err, [])
    assert.deepEqual(out, [
      `note: ${file}:5: there is no option nonsense, so it has no effect`,
      `note: ${file}:4: office_grace: should be 30 seconds or more`,
      `ok: ${file}: sources spreed, office (by the plugin xmpp); port 1234 of 127.0.0.1; data in /var/lib/kopano/presence/`,
    ])
  })

  test('tells which Redis, without its password', async (t) => {
    const folder = temporaryFolder(t)
    const lines = ['store = redis', 'redis_url = redis://presence:sesame@redis.example.com/1', 'server_secret_key = x']
    writeFileSync(`${folder}/presence.cfg`, lines.join('\n'))
    const { out } = await command(folder, ['check'])
    assert.match(out.join(), /; data in redis:\/\/presence@redis.example.com\/1$/)
  })

  test('tells every mistake, and is 1, when the file is wrong', async (t) => {
    const folder = temporaryFolder(t)
    const file = `${folder}/wrong.cfg`
    writeFileSync(file, 'server_port = x\nstore_sync = perhaps\nnonsense = 1\n')
    const { code, out, err } = await command(folder, ['check', '-C', file])
    assert.equal(code, 1)
    assert.deepEqual(out, [`note: ${file}:3: there is no option nonsense, so it has no effect`])
    assert.deepEqual(err, [
      `${file}:1: server_port = x: must be a whole number from 0 to 65535`,
      `${file}:2: store_sync = perhaps: must be yes or no`,
    ])
  })

  test('is 1 with path and remedy when the named file is missing, and 0 when there is none in the usual place', async (t) => {
    const folder = temporaryFolder(t)
    const missing = await command(folder, ['check', '-C', `${folder}/none.cfg`])
    assert.equal(missing.code, 1)
    assert.match(missing.err.join(), /none\.cfg: can't be read: .*; check the path/)
    const { code, out } = await command(folder, ['check'])
    assert.equal(code, 0)
    assert.match(out.join(), /^ok: the defaults, since there is no .*presence\.cfg/)
  })

  test('a presence.cfg in the usual place that is no file is not passed over', async (t) => {
    const folder = temporaryFolder(t)
    mkdirSync(`${folder}/presence.cfg`)
    assert.equal((await command(folder, ['check'])).code, 1)
  })
})
