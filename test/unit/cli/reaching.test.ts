// Commands reach the daemon of their configuration wherever it listens: with TLS of its own, and on a Unix socket.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, suite, test } from 'node:test'
import { makeCertificates } from '../../support/certificates.ts'
import { command } from '../../support/command-line.ts'
import { SECRET, type Site, startSite } from '../../support/http-site.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const { certificateFile, keyFile, caFile, strangerCaFile } = await makeCertificates(temporaryFolder({ after }), [
  'presence.example.com',
])
const certificate = { certificate: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }

/** A folder with a presence.cfg of these lines, in which commands are given. */
function configured(t: Parameters<typeof temporaryFolder>[0], site: Site, lines: string) {
  const folder = temporaryFolder(t)
  writeFileSync(`${folder}/presence.cfg`, `server_secret_key = ${SECRET}\n${lines}`)
  return (...args: string[]) => command(folder, args, { now: () => site.clock.wall() })
}

suite('commands', () => {
  test('reach a daemon with TLS by the very certificate that it shows, whoever has signed it', async (t) => {
    const site = await startSite(t, { certificate })
    const port = new URL(site.url).port
    const give = configured(t, site, `server_port = ${port}\nserver_ssl_certificate_file = ${certificateFile}\n`)
    const set = await give('set', 'ada@example.test', 'busy', 'writing')
    assert.deepEqual([set.code, set.err], [0, []])
    assert.match((await give('get', 'ada@example.test')).out.join(), /busy "writing"/)
    assert.equal((await give('sources')).code, 0)
    assert.match((await give('board-link')).out.join(), new RegExp(`^https://127\\.0\\.0\\.1:${port}/board/#code=`))
  })

  test('trust no other certificate', async (t) => {
    const site = await startSite(t, { certificate })
    const { port } = new URL(site.url)
    for (const other of [caFile, strangerCaFile]) {
      const give = configured(t, site, `server_port = ${port}\nserver_ssl_certificate_file = ${other}\n`)
      const { code, err } = await give('get', 'ada@example.test')
      // That of its authority would vouch for others, too; but the authority signed this one, so it is good.
      if (other === caFile) assert.equal(code, 0)
      else assert.match(err.join(), /No answer from https:.*certificate/)
    }
  })

  test('check the name when another address is given', async (t) => {
    const site = await startSite(t, { certificate })
    const give = configured(t, site, `server_ssl_certificate_file = ${certificateFile}\n`)
    const { port } = new URL(site.url)
    assert.equal((await give('get', 'ada', '--url', `https://127.0.0.1:${port}`)).code, 0)
    assert.match((await give('get', 'ada', '--url', `https://127.0.0.2:${port}`)).err.join(), /No answer/)
  })

  test('reach a daemon on its Unix socket, by presence.cfg and by --url', async (t) => {
    const path = `${temporaryFolder(t)}/presence.sock`
    const site = await startSite(t, {}, { bind: `unix:${path}` })
    const give = configured(t, site, `server_bind = unix:${path}\n`)
    assert.equal((await give('set', 'ada@example.test', 'busy', 'writing')).code, 0)
    assert.match((await give('get', 'ada@example.test')).out.join(), /busy "writing"/)
    assert.equal((await give('withdraw', 'ada@example.test')).code, 0)
    assert.match((await give('check')).out.join(), /sources .*; unix:\/.*presence\.sock; data in/)
    const elsewhere = configured(t, site, '')
    assert.match((await elsewhere('get', 'ada@example.test', '--url', `unix:${path}`)).out.join(), /unavailable/)
    const link = await give('board-link')
    assert.equal(link.code, 1)
    assert.match(link.err.join(), /no browser reaches; set board_url/)
    const public_ = configured(t, site, `server_bind = unix:${path}\nboard_url = https://example.com/board/\n`)
    assert.match((await public_('board-link')).out.join(), /^https:\/\/example\.com\/board\/#code=/)
  })

  test('say where they looked when nobody listens there', async (t) => {
    const path = `${temporaryFolder(t)}/none.sock`
    const site = await startSite(t)
    const { code, err } = await configured(t, site, `server_bind = unix:${path}\n`)('get', 'ada')
    assert.equal(code, 1)
    assert.match(err.join(), /none\.sock/)
  })

  test('watch through them', async (t) => {
    const path = `${temporaryFolder(t)}/presence.sock`
    const site = await startSite(t, {}, { bind: `unix:${path}` })
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, `server_secret_key = ${SECRET}\nserver_bind = unix:${path}\n`)
    const end = new AbortController()
    const told: string[] = []
    const watching = command(folder, ['watch', 'ada@example.test'], {
      now: () => site.clock.wall(),
      ended: () => end.signal,
      out(line) {
        told.push(line)
        if (line.includes('ada@example.test')) end.abort()
      },
    })
    assert.equal((await watching).code, 0)
    assert.match(told.join(), /ada@example\.test/)
  })
})
