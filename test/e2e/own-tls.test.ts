// The daemon with TLS of its own: a renewed certificate counts after SIGHUP, and a wrong one changes nothing.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { connect } from 'node:tls'
import { makeCertificates } from '../support/certificates.ts'
import { startDaemon } from '../support/daemon.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** What the daemon shows to somebody new. */
async function shown(url: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

test('a renewed certificate counts after SIGHUP; a wrong one is told of, and the old one stays', async (context) => {
  const folder = temporaryFolder({ after })
  mkdirSync(`${folder}/other`)
  const own = await makeCertificates(folder, ['localhost'])
  const other = await makeCertificates(`${folder}/other`, ['localhost'])
  const config = {
    plugins: 'spreed',
    server_ssl_certificate_file: own.certificateFile,
    server_ssl_key_file: own.keyFile,
  }
  const daemon = await startDaemon({ config })
  context.after(() => daemon.stop())
  assert.match(daemon.url, /^https:/)
  const open = connect({ host: '127.0.0.1', port: Number(new URL(daemon.url).port), rejectUnauthorized: false })
  await once(open, 'secureConnect')
  const reload = async (outcome: RegExp) => {
    const after = daemon.logLines.length
    daemon.signal('SIGHUP')
    await daemon.waitForLog(outcome, { after })
  }

  const first = await shown(daemon.url)
  copyFileSync(other.certificateFile, own.certificateFile)
  await reload(/server_ssl_key_file .* is not the key of the certificate/)
  await daemon.waitForLog(/old settings stay in force/)
  assert.equal(await shown(daemon.url), first)

  copyFileSync(other.keyFile, own.keyFile)
  await reload(/reloaded presence\.cfg/)
  const second = await shown(daemon.url)
  assert.notEqual(second, first)
  open.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  const [answer] = (await once(open, 'data')) as [Buffer]
  assert.match(answer.toString(), /^HTTP\/1\.1 200/)

  writeFileSync(own.certificateFile, 'nothing')
  await reload(/server_ssl_certificate_file .* holds no certificate/)
  assert.equal(await shown(daemon.url), second)
  daemon.configure({ plugins: 'spreed' })
  await reload(/server_ssl_certificate_file: changed in presence\.cfg, but only a restart/)
  assert.equal(await shown(daemon.url), second)

  const back = daemon.logLines.length
  copyFileSync(other.certificateFile, own.certificateFile)
  daemon.configure(config)
  await reload(/reloaded presence\.cfg/)
  assert.doesNotMatch(daemon.logLines.slice(back).join('\n'), /only a restart/)
  assert.deepEqual(await daemon.end(), { code: 0, signal: null })
})
