// `npm run deb:try`: the Debian packages on a fresh Debian with systemd, by docs/installing.md alone; upgraded, removed, purged. As root.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { OLD_FILE } from '../support/old-file.ts'
import { blocksOf, ROOT, readPage } from '../support/pages.ts'
import { until } from '../support/until.ts'
import { Machine } from './machine.ts'

const { values } = parseArgs({
  options: {
    suite: { type: 'string', default: 'trixie' },
    mirror: { type: 'string', default: 'http://deb.debian.org/debian' },
    /** A folder with packages that were made already. */
    packages: { type: 'string' },
    /** An archive of the fresh Debian, so that a second run needs not download it again. */
    base: { type: 'string' },
  },
})
const XMPP_CLIENT = join(ROOT, 'test/debian/xmpp-client.ts')
/** What packages leave that are no part of this. */
const OTHERS =
  /^\/var\/(lib\/(dpkg|apt|systemd)|cache|log\/(journal|apt|dpkg|alternatives|prosody))|^\/etc\/(passwd|group|g?shadow|subuid|subgid|ssl)|^\/usr\/(share|lib)\/.*(locale|__pycache__)|^\/etc\/systemd\/system$/
const started = performance.now()
const say = (text: string): void =>
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`)

const packages = values.packages ?? mkdtempSync(join(tmpdir(), 'presence-packages-'))
if (values.packages === undefined) {
  process.on('exit', () => rmSync(packages, { recursive: true, force: true }))
  const { status } = spawnSync('npm', ['run', 'deb', '--', '--fast', '--to', packages], { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}

const machine = new Machine()
say(`debootstrap ${values.suite}`)
machine.install(values.suite, values.mirror, values.base)
for (const file of readdirSync(packages).filter((name) => name.endsWith('.deb')))
  cpSync(join(packages, file), join(machine.root, 'root', file))
// What apt would download in between: the machine has no network of the outside.
machine.prepare(
  'apt-get update -q; apt-get install -q -y --no-install-recommends --download-only prosody ngircd nodejs adduser ./root/*.deb',
)
await machine.boot()
machine.run(`echo 'APT::Install-Recommends "no";' > /etc/apt/apt.conf.d/90trial`)
const files = (): Set<string> =>
  new Set(
    machine
      .run('find /etc /usr /var /opt /srv /root /run/kopano /run/systemd/system -xdev 2>/dev/null || true')
      .split('\n'),
  )
machine.run(
  'apt-get install -y prosody ngircd nodejs adduser && apt-get purge -y prosody ngircd >/dev/null 2>&1; rm -rf /etc/prosody /var/lib/prosody /etc/ngircd',
)
const before = files()

const page = readPage('docs/installing.md')
const [install = '', prosody = '', certificate = '', account = '', again = ''] = blocksOf('docs/installing.md', page)
  .filter(({ mark }) => mark !== undefined && 'runBy' in mark)
  .map(({ text }) => text)
say('from nothing: the page about installing')
const walk = performance.now()
assert.match(machine.run(install), /ok: \/etc\/kopano\/presence\.cfg.*available +"?Hello there/s)
say('the daemon answers')
machine.run(prosody)
machine.run(certificate)
assert.match(machine.run(account), /xmpp +collector/)
machine.run('prosodyctl register ada example.com secret')
const client = machine.start(process.execPath, ['--import', 'tsx', XMPP_CLIENT, 'example.com', 'ada', 'secret'])
await seen('kopano-presence get ada@example.com', /available +"?at my desk/)
say(
  `the first user of XMPP is shown, ${((performance.now() - walk) / 1000).toFixed(1)} s after the beginning (without downloads)`,
)
assert.match(machine.run('kopano-presence doctor || [ $? = 1 ]'), /^ok +xmpp: .*^\d+ errors?|^Everything is/ms)
client.kill()
await seen('kopano-presence get ada@example.com', /unavailable/)

const property = (name: string): string => machine.run(`systemctl show -P ${name} kopano-presence`).trim()
machine.run('systemctl reload kopano-presence')
assert.match(property('StatusText'), /^listening on http:\/\/127\.0\.0\.1:1234$/)
say('a reload is known to systemd, and the exposure is')
say(machine.run('systemd-analyze security --no-pager kopano-presence | tail -n 1').trim())

machine.run(`mkdir -p /etc/systemd/system/kopano-presence.service.d
printf '[Service]\nWatchdogSec=3\n' > /etc/systemd/system/kopano-presence.service.d/trial.conf
systemctl daemon-reload; systemctl restart kopano-presence; kill -STOP "$(systemctl show -P MainPID kopano-presence)"`)
await seen('systemctl show -P NRestarts,ActiveState kopano-presence', /^1\s+active/)
say('one that stands still is killed by the watchdog, and started anew')
machine.run(
  'rm -r /etc/systemd/system/kopano-presence.service.d; systemctl daemon-reload; systemctl restart kopano-presence',
)

machine.run(`apt-get install -y ngircd
printf '[Global]\nName = irc.example.com\nListen = 127.0.0.1\n[Options]\nDNS = no\nIdent = no\nPAM = no\n' > /etc/ngircd/ngircd.conf
systemctl restart ngircd
cat >> /etc/kopano/presence.cfg <<'END'
plugins = spreed manual xmpp irc
irc_server = 127.0.0.1
irc_port = 6667
irc_tls = no
irc_nick = presence
END
systemctl restart kopano-presence`)
await seen('kopano-presence sources', /^irc +collector +settled/m)
say('a plugin that is turned on later, for IRC, knows a real server')

machine.run('kopano-presence set bob@example.com busy upgrading --source manual')
const first = property('MainPID')
machine.run(`dpkg-deb -R kopano-presence_*.deb newer
sed -i 's/^\\(Version: .*\\)-1$/\\1-2/' newer/DEBIAN/control
dpkg-deb --root-owner-group -Zgzip -z1 -b newer newer.deb >/dev/null; rm -r newer
apt-get install -y ./newer.deb`)
await seen('kopano-presence get bob@example.com', /busy +"?upgrading/)
assert.notEqual(property('MainPID'), first)
say('an upgrade restarts it, and nothing is lost')

// As if other daemons of Kopano were there.
const shared = '/run/kopano /var/log/kopano'
machine.run(
  `adduser --quiet --system --group --home /srv --no-create-home groupware; install -d -o groupware /srv/presence
  install -d -o kopano -g kopano ${shared} /var/log/kopano/presence.log.d; touch /var/log/kopano/server.log`,
)
machine.run(
  'cp /etc/kopano/presence.cfg kept.cfg; cat > /etc/kopano/presence.cfg; chown root:root /etc/kopano/presence.cfg; chmod 600 /etc/kopano/presence.cfg',
  {
    // A port that takes a right, and a log of its own, which the trial can read.
    input: OLD_FILE.replace('4321', '432').replace('syslog', 'file'),
  },
)
machine.run(again)
await seen('systemctl show -P StatusText kopano-presence', /^listening on http:\/\/0\.0\.0\.0:432$/m)
assert.equal(
  machine.run('stat -c %U:%G /proc/$(systemctl show -P MainPID kopano-presence)').trim(),
  'groupware:groupware',
)
assert.equal(machine.run('cat /run/presence/old.pid').trim(), property('MainPID'))
assert.match(machine.run('cat /var/log/presence.log; ls /srv/presence'), /listening on.*presence\.mdb/s)
machine.run(`sed -i 's,^pid_file.*,pid_file = /var/run/presence.pid,' /etc/kopano/presence.cfg`)
machine.run(again)
await seen('cat /run/presence.pid || true', new RegExp(`^${property('MainPID')}$`, 'm'))
machine.run(`sed -i 's,^pid_file.*,pid_file = /var/run/kopano/presence.pid,' /etc/kopano/presence.cfg`)
machine.run(again)
await seen('cat /run/kopano/presence.pid || true', new RegExp(`^${property('MainPID')}$`, 'm'))
assert.equal(machine.run(`stat -c %U:%G ${shared}`), 'kopano:kopano\nkopano:kopano\n')
assert.match(machine.run('stat -c %U /var/log/kopano/server.log'), /root/)
say('an old presence.cfg with all options set gives the same daemon: account, port, files')
machine.run(`sed -i 's/^/#/' /etc/kopano/presence.cfg`)
machine.run(again)
await seen('systemctl show -P StatusText kopano-presence', /^listening on http:\/\/127\.0\.0\.1:1234$/m)
assert.equal(machine.run('stat -c %U:%G /proc/$(systemctl show -P MainPID kopano-presence)').trim(), 'kopano:kopano')
assert.match(machine.run('kopano-presence check; kopano-presence get bob@example.com'), /^ok: .*busy/ms)
say('and one with everything commented out that of the defaults, with what was known before')

machine.run('apt-get remove -y kopano-presence')
assert.equal(
  machine
    .run('pgrep -c node || true; systemctl is-active kopano-presence || true; ls /etc/kopano/presence.cfg')
    .match(/presence\.cfg/)?.length,
  1,
)
assert.equal(machine.run('ls /proc/*/comm | xargs grep -l "^node$" 2>/dev/null || true').trim(), '')
say('removed: the daemon has ended, configuration and data are there')
machine.run(
  'rm -f /etc/kopano/xmpp_password /etc/kopano/xmpp-ca.crt newer.deb kept.cfg; apt-get purge -y kopano-presence prosody-mod-kopano-presence prosody ngircd',
)
machine.run('rmdir /var/log/kopano/presence.log.d; rm /var/log/kopano/server.log; rmdir /var/log/kopano')
machine.run('rm -rf /etc/prosody /var/lib/prosody /etc/ngircd /var/log/presence.log /srv/presence')
const left = [...files()].filter((path) => !before.has(path) && !OTHERS.test(path))
assert.deepEqual(left, [])
say('purged: nothing is left but the account')
process.exit(0)

/** Asks until the answer is so; a minute at the most. */
async function seen(command: string, pattern: RegExp): Promise<void> {
  let said = ''
  const end = performance.now() + 60_000
  const holds = (): boolean => {
    said = machine.run(`${command} 2>&1 || true`)
    if (performance.now() > end) throw new Error(`${command}: no ${pattern} within a minute, at last ${said}`)
    return pattern.test(said)
  }
  await until(holds)
}
