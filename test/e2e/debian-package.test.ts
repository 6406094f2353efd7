// The Debian packages: built, judged by lintian, unpacked and run. What they do to a machine is tried by `npm run deb:try`.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { buildDist } from '../support/built-dist.ts'
import { runToEnd, startChild } from '../support/children.ts'
import { startNgircd } from '../support/ngircd.ts'

const ROOT = join(import.meta.dirname, '../..')
const DEBIAN = join(ROOT, 'deploy/debian')
const folder = mkdtempSync(join(tmpdir(), 'presence-packages-'))
const unpacked = join(folder, 'root')
const packages: string[] = []
let judgement: Promise<unknown> | undefined

before(async () => {
  await buildDist()
  const make = ['--import', 'tsx', 'tools/deb/main.ts', '--fast', '--installed', '--to', folder]
  await runToEnd(process.execPath, make, { cwd: ROOT })
  for (const file of readdirSync(folder)) packages.push(join(folder, file))
  // It takes longer than everything else together, so it begins first.
  judgement = promisify(execFile)('lintian', ['--no-cfg', '--allow-root', '--fail-on', 'error', ...packages])
  judgement.catch(() => {})
  for (const file of packages) await runToEnd('dpkg-deb', ['-x', file, unpacked])
})

after(async () => {
  await judgement?.catch(() => {})
  rmSync(folder, { recursive: true, force: true })
})

const field = (name: string, file = packages[0] ?? '') => runToEnd('dpkg-deb', ['-f', file, name])

test('there are two, newer than any of Kopano, and apt knows which Node.js they need', async () => {
  assert.deepEqual(
    packages.map((file) => file.replace(/^.*\/([^/_]+)_.*_(\w+)\.deb$/, '$1 $2')),
    [`kopano-presence ${(await runToEnd('dpkg', ['--print-architecture'])).trim()}`, 'prosody-mod-kopano-presence all'],
  )
  const { version, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  assert.equal((await field('Version')).trim(), `1:${version.replaceAll('-', '~')}-1`)
  await runToEnd('dpkg', ['--compare-versions', (await field('Version')).trim(), 'gt', '11.0.2.51-0+51.1'])
  assert.match(await field('Depends'), new RegExp(`\\bnodejs \\(>= ${engines.node.slice(2)}\\)`))
  assert.match(await field('Depends', packages[1]), /prosody \(>= 0\.12\)/)
})

test('the files are where Debian has them, and presence.cfg and the rotation of logs are the administrator’s', async () => {
  const listed = await runToEnd('dpkg-deb', ['-c', packages[0] ?? ''])
  const has = (line: RegExp) => assert.match(listed, line)
  has(/^-rw-r----- root\/root .* \.\/etc\/kopano\/presence\.cfg$/m)
  has(/^lrwxrwxrwx .* \.\/usr\/sbin\/kopano-presence -> \.\.\/lib\/kopano-presence\/dist\/main\.js$/m)
  has(/ \.\/usr\/lib\/systemd\/system\/kopano-presence\.service$/m)
  has(/ \.\/usr\/share\/man\/man8\/kopano-presence\.8\.gz$/m)
  has(/ \.\/usr\/share\/man\/man5\/presence\.cfg\.5\.gz$/m)
  has(/ \.\/usr\/share\/bash-completion\/completions\/kopano-presence$/m)
  has(/^drwx.* \.\/var\/lib\/kopano\/presence\/$/m)
  has(/ \.\/usr\/lib\/kopano-presence\/dist\/board\/index\.html$/m)
  assert.doesNotMatch(listed, /\/node_modules\/(typescript|vite|preact|tsx)\/|\.musl\.node|\/\.bin\//)
  assert.equal(
    await runToEnd('dpkg-deb', ['-I', packages[0] ?? '', 'conffiles']),
    '/etc/kopano/presence.cfg\n/etc/logrotate.d/kopano-presence',
  )
  const module = 'mod_presence_bot.lua'
  assert.equal(
    readFileSync(join(unpacked, 'usr/lib/prosody/modules', module), 'utf8'),
    readFileSync(join(ROOT, 'src/plugins/xmpp/prosody', module), 'utf8'),
  )
})

test('whose the modules are stands in the file copyright, each with its terms', () => {
  const text = readFileSync(join(unpacked, 'usr/share/doc/kopano-presence/copyright'), 'utf8')
  const modules = join(unpacked, 'usr/lib/kopano-presence/node_modules')
  for (const name of readdirSync(modules).filter((name) => !/^[.@]/.test(name))) {
    assert.match(text, new RegExp(`^Files: usr/lib/kopano-presence/node_modules/${name}/\\*\\nCopyright: .`, 'm'))
  }
  for (const [, label] of text.matchAll(/^License: (.*)$/gm)) {
    assert.ok(text.includes(`\nLicense: ${label}\n `), `the terms of ${label} are missing`)
  }
})

test('what is unpacked runs: it checks its own presence.cfg, and answers', async (t) => {
  const program = join(unpacked, 'usr/sbin/kopano-presence')
  const checked = await runToEnd(program, ['check', '-C', join(unpacked, 'etc/kopano/presence.cfg')])
  assert.match(
    checked,
    /^ok: .*sources spreed, manual; port 1234 of 127\.0\.0\.1; data in \/var\/lib\/kopano\/presence\/$/m,
  )
  const irc = await startNgircd()
  t.after(irc.stop)
  const config = join(folder, 'presence.cfg')
  const none = ['run_as_user', 'run_as_group', 'pid_file', 'running_path'].map((name) => `${name} =\n`)
  // With every plugin, so that none lacks a module.
  const plugins = `
plugins = spreed manual xmpp asterisk irc
xmpp_jid = bot@example.test
xmpp_password = -
xmpp_host = 127.0.0.1
xmpp_port = 1
asterisk_username = presence
asterisk_password = -
asterisk_port = 1
irc_server = 127.0.0.1
irc_port = ${irc.port}
irc_tls = no
irc_nick = presence
log_level = info
`
  writeFileSync(config, `data_path = ${folder}/data\nserver_port = 0\n${none.join('')}${plugins}`)
  const daemon = await startChild(program, ['-C', config])
  t.after(() => daemon.end())
  const [, url = ''] = await daemon.waitForLine(/listening on (http:\S+)/)
  assert.equal((await fetch(`${url}/healthz`)).status, 200)
  await daemon.waitForLine(/irc: connected, and everybody is known/)
  for (const source of ['xmpp', 'asterisk'])
    await daemon.waitForLine(new RegExp(`${source}: .*ECONNREFUSED|${source}: .*refused`))
  assert.match(await (await fetch(`${url}/board/`)).text(), /<title>/)
})

test('the scripts of the package are free of what shellcheck warns of', async () => {
  const scripts = ['postinst', 'prerm', 'postrm'].map((name) => join(DEBIAN, name))
  for (const script of scripts) assert.ok((statSync(script).mode & 0o111) !== 0, script)
  await runToEnd('shellcheck', scripts)
})

test('logrotate understands the rules for the log', async () => {
  const said = await runToEnd('logrotate', ['-d', join(DEBIAN, 'logrotate')])
  assert.doesNotMatch(said, /error/i)
  assert.match(
    said,
    /considering log \/var\/log\/kopano\/presence\.log|log \/var\/log\/kopano\/presence\.log does not exist/,
  )
})

test('lintian finds no error', async () => {
  await judgement
})
