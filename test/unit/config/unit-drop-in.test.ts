// What systemd has to know of a presence.cfg, so that one of the old package goes on meaning the same.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { command } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

type Context = Parameters<typeof temporaryFolder>[0]

/** The lines below [Service] that the command prints for such a file. */
async function dropIn(t: Context, lines: string, notes: readonly string[] = []): Promise<readonly string[]> {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'presence.cfg'), lines)
  const { code, out, err } = await command(folder, ['unit-drop-in'])
  assert.deepEqual([code, err], [0, notes])
  assert.ok(out.length === 0 || (out[0]?.startsWith('# Made from /') && out[1] === '[Service]'), out.join('\n'))
  return out.slice(2)
}

test('a file that leaves the account and the places alone, and one that names the usual ones, need nothing', async (t) => {
  assert.deepEqual(await dropIn(t, '# nothing\n'), [])
  const usual = `
run_as_user = kopano
run_as_group = kopano
data_path = /var/lib/kopano/presence/
pid_file = /var/run/kopano/presence.pid
running_path = /var/lib/kopano
log_file = -
server_bind = unix:/run/kopano/presence.sock
server_port = 80
`
  assert.deepEqual(await dropIn(t, usual), [])
})

test('the account, and folders below those of systemd, become lines with which it makes them', async (t) => {
  const lines = `
run_as_user = groupware
run_as_group = staff
data_path = /var/lib/groupware/presence/
pid_file = /var/run/groupware/presence.pid
log_file = /var/log/kopano/presence.log
`
  assert.deepEqual(await dropIn(t, lines), [
    'User=groupware',
    'Group=staff',
    'RuntimeDirectory=',
    'StateDirectory=groupware/presence',
    'ReadWritePaths=-/var/log/kopano',
    'RuntimeDirectory=groupware',
  ])
  const own = 'data_path = /var/lib/presence\nlog_file = /var/log/presence/presence.log\nrun_as_group = staff\n'
  assert.deepEqual(await dropIn(t, own), ['Group=staff', 'StateDirectory=presence', 'LogsDirectory=presence'])
})

test('what daemons of Kopano share is handed to no account: it only becomes writable, and root writes the pid file', async (t) => {
  const file = (account: string) => `
run_as_user = ${account}
run_as_group = ${account}
data_path = /var/lib/kopano
pid_file = /var/run/kopano/presence.pid
log_file = /var/log/kopano/presence.log
server_bind = unix:/run/kopano/presence.sock
`
  const writable = (...folders: string[]) => folders.map((folder) => `ReadWritePaths=-${folder}`)
  assert.deepEqual(await dropIn(t, file('groupware')), [
    'User=groupware',
    'Group=groupware',
    'RuntimeDirectory=',
    ...writable('/var/lib/kopano', '/run/kopano', '/var/log/kopano'),
    "ExecStartPost=+/bin/sh -c 'mkdir -p /run/kopano; rm -f /run/kopano/presence.pid; set -C; echo $MAINPID > /run/kopano/presence.pid'",
    'ExecStopPost=+/bin/rm -f /run/kopano/presence.pid',
  ])
  assert.deepEqual(await dropIn(t, file('kopano')), writable('/var/lib/kopano', '/var/log/kopano'))
})

test('other folders only become writable, as one word each, and a log without a file needs none', async (t) => {
  const lines = `
data_path = /srv/100% "presence"/
pid_file = /srv/run/presence.pid
log_file = /var/log/presence.log
`
  assert.deepEqual(await dropIn(t, lines), [
    'ReadWritePaths="-/srv/100%% \\"presence\\""',
    'ReadWritePaths=-/var/log',
    'ReadWritePaths=-/srv/run',
  ])
  assert.deepEqual(await dropIn(t, 'log_method = syslog\nlog_file = /srv/a.log\n'), [])
  assert.deepEqual(await dropIn(t, 'log_file = /dev/stdout\n'), [])
})

test('an empty account is root and an empty group the own one of the account, as ever', async (t) => {
  assert.deepEqual(await dropIn(t, 'run_as_user =\nrun_as_group =\n'), ['User=root', 'Group=root', 'RuntimeDirectory='])
  assert.deepEqual(await dropIn(t, 'run_as_user = groupware\nrun_as_group =\n'), [
    'User=groupware',
    'Group=',
    'RuntimeDirectory=',
  ])
})

test('a port below 1024 comes with the right to it', async (t) => {
  assert.deepEqual(await dropIn(t, 'server_port = 80\n'), [
    'PrivateUsers=no',
    'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
    'AmbientCapabilities=CAP_NET_BIND_SERVICE',
  ])
})

test('a pid file right in /run is written and removed by systemd, since only root can', async (t) => {
  assert.deepEqual(await dropIn(t, 'pid_file = /var/run/presence.pid\n'), [
    "ExecStartPost=+/bin/sh -c 'mkdir -p /run; rm -f /run/presence.pid; set -C; echo $MAINPID > /run/presence.pid'",
    'ExecStopPost=+/bin/rm -f /run/presence.pid',
  ])
})

test('what the unit hides is shown where an option of the daemon or of a plugin leads there, and the administrator is told', async (t) => {
  const note = (option: string, place: string, line: string) =>
    `${option} leads below ${place}, which the unit hides from the daemon; ${line} shows it again. Better choose a place below /etc/kopano or /var/lib.`
  const read = 'ProtectHome=read-only'
  const several = 'user_map_file = /home/ada/users.map\nrunning_path = /tmp\nplugin_path = /root/plugins\n'
  assert.deepEqual(
    await dropIn(t, several, [
      note('user_map_file', '/home', read),
      note('plugin_path', '/root', read),
      note('running_path', '/tmp', 'PrivateTmp=no'),
    ]),
    [read, 'PrivateTmp=no'],
  )
  const plugins = 'xmpp_ca_file = /home/ada/ca.crt\nxmpp_password_file = /run/user/1/xmpp\nfolder_path = /homes/a\n'
  assert.deepEqual(
    await dropIn(t, plugins, [note('xmpp_ca_file', '/home', read), note('xmpp_password_file', '/run/user', read)]),
    [read],
  )
  assert.deepEqual(await dropIn(t, 'data_path = /root/presence\n', [note('data_path', '/root', read)]), [
    'ReadWritePaths=-/root/presence',
    read,
  ])
})

test('passwords that only systemd will hand over are no mistake here, others are told as ever', async (t) => {
  assert.deepEqual(await dropIn(t, 'plugins = xmpp\nxmpp_jid = bot@example.com\n'), [])
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'presence.cfg'), 'server_port = many\n')
  const { code, out, err } = await command(folder, ['unit-drop-in'])
  assert.deepEqual([code, out], [1, []])
  assert.match(err.join(), /presence\.cfg:1: server_port/)
})
