// The daemon on a real Redis: as which user, over which connection, and what it does when Redis is not there yet.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { makeCertificates } from '../support/certificates.ts'
import { type ConfigLines, Daemon, startDaemon } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { startNotifySocket } from '../support/notify-socket.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'

const OPERATING = new URL('../../docs/operating.md', import.meta.url)

async function server(t: TestContext, settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const redis = await startRedis(settings)
  t.after(redis.stop)
  return redis
}

/** The rights of the line in docs/operating.md. */
function documentedRights(): readonly string[] {
  const line = /^user presence on >PASSWORD (.+)$/m.exec(readFileSync(OPERATING, 'utf8'))
  return line?.[1]?.split(' ') ?? assert.fail('there is no such line')
}

test('two daemons are one service, as a user with the documented rights, by TLS and by a socket', async (t) => {
  const folder = temporaryFolder(t)
  const { caFile, certificateFile, keyFile } = await makeCertificates(folder, [])
  const tlsPort = await freePort()
  const tls = { 'tls-port': String(tlsPort), 'tls-cert-file': certificateFile, 'tls-key-file': keyFile }
  const redis = await server(t, { ...tls, 'tls-ca-cert-file': caFile, 'tls-auth-clients': 'no' })
  await redis.cli('acl', 'setuser', 'presence', 'on', '>open-up', ...documentedRights())
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, 'open-up\n', { mode: 0o600 })
  const start = async (config: ConfigLines): Promise<Daemon> => {
    const daemon = await startDaemon({
      config: { store: 'redis', plugins: 'spreed manual', redis_password_file: passwordFile, ...config },
    })
    t.after(() => daemon.stop())
    return daemon
  }
  const byTls = await start({ redis_url: `rediss://presence@127.0.0.1:${tlsPort}`, redis_ca_file: caFile })
  const said = { status: 'busy', message: 'by TLS' }
  await byTls.put([{ user_id: 'ada@example.test', spreed: said }])
  const bySocket = await start({ redis_url: `unix://presence@${redis.socket}`, node_name: 'by-socket' })
  assert.deepEqual(await bySocket.get(['ada@example.test']), [{ user_id: 'ada@example.test', spreed: said }])
  assert.match((await bySocket.ask('GET', '/v1/sources')).body, /"node":"by-socket"/)

  // A new password, as an administrator changes it: in Redis, in the file, SIGHUP.
  await redis.cli('acl', 'setuser', 'presence', 'resetpass', '>changed')
  writeFileSync(passwordFile, 'changed\n')
  byTls.signal('SIGHUP')
  await byTls.waitForLog(/reloaded presence.cfg/)
  await redis.cli('client', 'kill', 'user', 'presence')
  await byTls.waitForLog(/Redis answers again/)
  await byTls.put([{ user_id: 'ada@example.test', spreed: said }])
  const log = [...byTls.logLines, ...bySocket.logLines].join('\n')
  assert.doesNotMatch(log, /open-up|changed\b(?! )/)
})

test('while Redis is not there yet it waits, says so once, asks systemd for time, and serves as soon as it is', async (t) => {
  const redis = await server(t)
  await redis.kill()
  const config = { store: 'redis', redis_url: `redis://127.0.0.1:${redis.port}`, plugins: 'spreed' }
  const systemd = await startNotifySocket(t)
  const daemon = new Daemon({ config, env: { NOTIFY_SOCKET: systemd.path } })
  t.after(() => daemon.stop())
  const impatient = new Daemon({ config })
  t.after(() => impatient.stop())
  const waits =
    /Redis at redis:\/\/127.0.0.1:\d+: nobody listens there; .*; the daemon waits for it, and tries again in/
  const started = daemon.start()
  const given = impatient.start().catch((error: Error) => error)
  const isWaiting = (one: Daemon) => one.logLines.some((line) => waits.test(line))
  await until(() => isWaiting(daemon) && isWaiting(impatient), t.signal)

  // SIGTERM counts meanwhile.
  assert.deepEqual(await impatient.end(), { code: 0, signal: null })
  assert.match(String(await given), /ended without a line/)
  assert.match(impatient.logLines.join('\n'), /stopped before the store was there/)

  // With every attempt anew, so that no time limit of the unit ends it.
  await systemd.waitFor(/EXTEND_TIMEOUT_USEC/)
  const soFar = systemd.count()
  await systemd.waitFor(
    /^EXTEND_TIMEOUT_USEC=300000000 STATUS=waiting for the store: Redis at \S+: nobody listens there/,
    soFar,
  )
  assert.ok(systemd.words().every((words) => words.startsWith('EXTEND_TIMEOUT_USEC')))

  await redis.start()
  await started
  await systemd.waitFor(/^READY=1 STATUS=listening/)
  await daemon.put([{ user_id: 'ada@example.test', spreed: { status: 'away', message: '' } }])
  const errors = daemon.logLines.filter((line) => /error/i.test(line) && waits.test(line))
  assert.equal(errors.length, 1, daemon.logLines.join('\n'))
})
