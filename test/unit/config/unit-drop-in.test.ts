// What systemd has to know of a presence.cfg, so that one of the old package goes on meaning the same.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { command } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

type Context = Parameters<typeof temporaryFolder>[0]

/** The lines below [Service] that the command prints for such a file. */
async function dropIn(t: Context, lines: string): Promise<readonly string[]> {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'presence.cfg'), lines)
  const { code, out, err } = await command(folder, ['unit-drop-in'])
  assert.deepEqual([code, err], [0, []])
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
    'StateDirectory=groupware/presence',
    'LogsDirectory=kopano',
    'RuntimeDirectory=groupware',
  ])
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
  assert.deepEqual(await dropIn(t, 'run_as_user =\nrun_as_group =\n'), ['User=root', 'Group=root'])
  assert.deepEqual(await dropIn(t, 'run_as_user = groupware\nrun_as_group =\n'), ['User=groupware', 'Group='])
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
    "ExecStartPost=+/bin/sh -c 'echo $MAINPID > /run/presence.pid'",
    'ExecStopPost=+/bin/rm -f /run/presence.pid',
  ])
})

test('what the unit hides is shown where a path leads there', async (t) => {
  assert.deepEqual(await dropIn(t, 'user_map_file = /home/ada/users.map\nrunning_path = /tmp\n'), [
    'ProtectHome=read-only',
    'PrivateTmp=no',
  ])
  assert.deepEqual(await dropIn(t, 'data_path = /root/presence\n'), [
    'ReadWritePaths=-/root/presence',
    'ProtectHome=read-only',
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
