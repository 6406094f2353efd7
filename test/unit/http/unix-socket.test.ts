// Listening on a Unix socket: its rights, its leftovers, and how those who come through it are counted.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { suite, type TestContext, test } from 'node:test'
import { localFetch } from '../../../src/cli/local-fetch.ts'
import { startChild } from '../../support/children.ts'
import { startSite } from '../../support/http-site.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const WRONG = { headers: { authorization: 'Bearer 1:ada:AAAA' } }

/** Asks through the socket. */
function asking(socket: string) {
  const fetch = localFetch({ socket })
  return (path: string, init?: RequestInit) => fetch(`http://localhost${path}`, init)
}

/** What a daemon leaves that is killed. */
async function leaveSocket(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  await (await startChild(process.execPath, ['-e', script])).exited
  assert.equal(statSync(path).isSocket(), true)
}

const at = (t: TestContext) => `${temporaryFolder(t)}/presence.sock`

suite('a Unix socket', () => {
  test('is asked as an address is, has the rights of server_socket_mode, and is removed at the end', async (t) => {
    const path = at(t)
    const before = process.umask()
    const { url, server } = await startSite(t, {}, { bind: `unix:${path}`, mode: 0o620 })
    assert.equal(url, `unix:${path}`)
    assert.equal(statSync(path).mode & 0o777, 0o620)
    assert.equal(process.umask(), before)
    assert.equal((await asking(path)('/healthz')).status, 200)
    await server.close()
    assert.equal(existsSync(path), false)
  })

  test('of a killed daemon is replaced', async (t) => {
    const path = at(t)
    await leaveSocket(path)
    await startSite(t, {}, { bind: `unix:${path}` })
    assert.equal((await asking(path)('/healthz')).status, 200)
  })

  test('of a living process is not, and the sentence says so', async (t) => {
    const path = at(t)
    await startSite(t, {}, { bind: `unix:${path}` })
    await assert.rejects(startSite(t, {}, { bind: `unix:${path}` }), {
      name: 'FatalError',
      message: `cannot listen on unix:${path}: another process listens there; stop that, or choose another path for server_bind`,
    })
    assert.equal((await asking(path)('/healthz')).status, 200)
  })

  test('is never made in the place of something else', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/file`, 'mine')
    mkdirSync(`${folder}/folder`)
    symlinkSync(`${folder}/file`, `${folder}/link`)
    for (const name of ['file', 'folder', 'link']) {
      const refused = startSite(t, {}, { bind: `unix:${folder}/${name}` })
      await assert.rejects(refused, /something else is there, and it is left alone; remove it/, name)
    }
    assert.equal(readFileSync(`${folder}/link`, 'utf8'), 'mine')
  })

  test('needs its folder, and says how to have one', async (t) => {
    const refused = startSite(t, {}, { bind: `unix:${temporaryFolder(t)}/none/presence.sock` })
    await assert.rejects(refused, /its folder is missing; make it \(with systemd: RuntimeDirectory=/)
  })

  test('has peers that are never counted for wrong signatures, unless a proxy tells their addresses', async (t) => {
    const path = at(t)
    await startSite(t, {}, { bind: `unix:${path}` })
    const statusesOf = async (socket: string, headers: object) => {
      const found = new Set<number>()
      const init = { headers: { ...WRONG.headers, ...headers } }
      for (let count = 0; count < 40; count += 1) found.add((await asking(socket)('/v1/sources', init)).status)
      return [...found]
    }
    const forwarded = { 'x-forwarded-for': '192.0.2.7' }
    assert.deepEqual(await statusesOf(path, forwarded), [401])
    const other = at(t)
    await startSite(t, { trustedProxies: ['unix'] }, { bind: `unix:${other}` })
    assert.deepEqual(await statusesOf(other, {}), [401])
    assert.deepEqual(await statusesOf(other, forwarded), [401, 429])
  })
})
