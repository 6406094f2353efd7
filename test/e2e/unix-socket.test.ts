// The daemon on a Unix socket: a real nginx in front of it, and whose the socket is.
import assert from 'node:assert/strict'
import { chmodSync, existsSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { localFetch } from '../../src/cli/local-fetch.ts'
import { startDaemon } from '../support/daemon.ts'
import { startNginx } from '../support/nginx.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const isRoot = process.getuid?.() === 0
/** Accounts that every Debian has; the group is not that of the user. */
const ACCOUNT = isRoot ? { run_as_user: 'nobody', run_as_group: 'daemon' } : {}
const DAEMON_GROUP = 1

test('nginx passes requests on to it, and streams; a killed daemon comes back; a stopped one leaves nothing', async (context) => {
  const folder = temporaryFolder(context)
  // The account to be must get to it.
  chmodSync(folder, 0o777)
  const path = `${folder}/presence.sock`
  const config = {
    ...ACCOUNT,
    plugins: 'spreed',
    server_bind: `unix:${path}`,
    server_trusted_proxies: 'unix',
    data_path: `${folder}/data`,
  }
  const daemon = await startDaemon({ config })
  context.after(() => daemon.stop())
  assert.equal(daemon.url, `unix:${path}`)
  const { mode, gid } = statSync(path)
  assert.equal(mode & 0o777, 0o660)
  if (isRoot) assert.equal(gid, DAEMON_GROUP)

  const { url } = await startNginx(context, `http://unix:${path}:`)
  const headers = { authorization: `Bearer ${daemon.token('ada/x@example.test')}` }
  const user = `${url}/presence/v1/users/ada%2Fx@example.test`
  const published = await fetch(`${user}/spreed`, { method: 'PUT', headers, body: '{"status":"busy","message":"hi"}' })
  assert.equal(published.status, 200)
  assert.equal(((await (await fetch(user, { headers })).json()) as { status: string }).status, 'busy')
  const leaving = new AbortController()
  const { body } = await fetch(`${url}/presence/v1/watch`, { headers, signal: leaving.signal })
  const first = await body?.getReader().read()
  assert.match(Buffer.from(first?.value ?? []).toString(), /event: presence/)
  leaving.abort()

  await daemon.end('SIGKILL')
  assert.equal(existsSync(path), true)
  await daemon.start()
  assert.equal((await localFetch({ socket: path })('http://localhost/healthz')).status, 200)
  assert.deepEqual(await daemon.end(), { code: 0, signal: null })
  assert.equal(existsSync(path), false)
})
