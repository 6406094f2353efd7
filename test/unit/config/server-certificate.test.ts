// The certificate and the key of the daemon: what is refused, and what is only noted.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { after, suite, test } from 'node:test'
import { ConfigurationError } from '../../../src/config/configuration.ts'
import { readServerCertificate } from '../../../src/config/server-certificate.ts'
import { makeCertificates } from '../../support/certificates.ts'
import { command } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const DAY = 86_400_000
const folder = temporaryFolder({ after })
/** It is valid for two days. */
const { certificateFile, keyFile, caFile } = await makeCertificates(folder, ['localhost'])
chmodSync(keyFile, 0o600)

function read(certificate: string | undefined, key: string | undefined, now = Date.now(), bind = '127.0.0.1') {
  const settings = { server_ssl_certificate_file: certificate, server_ssl_key_file: key, server_bind: bind }
  return readServerCertificate(settings, now)
}

async function refusal(certificate: string | undefined, key: string | undefined, bind?: string): Promise<string> {
  const error = await read(certificate, key, Date.now(), bind).then(
    () => assert.fail('it was accepted'),
    (error: unknown) => error,
  )
  assert(error instanceof ConfigurationError, String(error))
  return error.message
}

suite('the certificate of the daemon', () => {
  test('is read with its key, also out of one file, and there is none by default', async () => {
    const both = `${folder}/both.pem`
    writeFileSync(both, readFileSync(certificateFile), { mode: 0o600 })
    appendFileSync(both, readFileSync(caFile))
    appendFileSync(both, readFileSync(keyFile))
    for (const [certificate, key] of [
      [certificateFile, keyFile],
      [both, both],
    ]) {
      const given = await read(certificate, key)
      assert.equal(given?.certificate, readFileSync(certificate ?? '', 'utf8'))
      assert.equal(given.notes.length, 1)
    }
    assert.equal(await read(undefined, undefined), undefined)
  })

  test('is refused with the culprit and the remedy', async () => {
    const encrypted = `${folder}/encrypted.key`
    execFileSync('openssl', ['pkey', '-in', keyFile, '-aes128', '-passout', 'pass:x', '-out', encrypted])
    const wrong: [certificate: string | undefined, key: string | undefined, words: RegExp][] = [
      [certificateFile, undefined, /^server_ssl_key_file: is missing; TLS needs a certificate and its key/],
      [undefined, keyFile, /^server_ssl_certificate_file: is missing/],
      ['/nowhere/x', keyFile, /^server_ssl_certificate_file \/nowhere\/x: can't be read: .*check the path/],
      [certificateFile, folder, /^server_ssl_key_file .*: can't be read: it is a folder/],
      [keyFile, keyFile, /^server_ssl_certificate_file .*server\.key: holds no certificate; it must be in PEM form/],
      [certificateFile, certificateFile, /^server_ssl_key_file .*server\.crt: holds no key; it must be in PEM form/],
      [certificateFile, `${folder}/ca.key`, /ca\.key: is not the key of the certificate in .*server\.crt/],
      [certificateFile, encrypted, /encrypted\.key: is encrypted, .*decrypt it \(openssl pkey/],
    ]
    for (const [certificate, key, words] of wrong) {
      const said = await refusal(certificate, key)
      assert.match(said, words)
      assert.doesNotMatch(said, /PRIVATE KEY-----\n/)
    }
    assert.match(await refusal(certificateFile, keyFile, 'unix:/run/x'), /is not for a Unix socket; take it out/)
  })

  test('gets a note when its time is over or has not come, and when everybody can read the key', async () => {
    const notesAt = async (now: number) => (await read(certificateFile, keyFile, now))?.notes.join() ?? ''
    assert.match(await notesAt(Date.now()), /the certificate expires on \d+-\d+-\d+T[\d:]+Z; renew it/)
    assert.match(await notesAt(Date.now() + 3 * DAY), /has expired on .*, so clients refuse it; renew it/)
    assert.match(await notesAt(Date.now() - 3 * DAY), /is not valid before .*check the clock/)
    const open = `${folder}/open.key`
    writeFileSync(open, readFileSync(keyFile))
    chmodSync(open, 0o644)
    assert.match((await read(certificateFile, open))?.notes.join() ?? '', /open\.key: every account .*chmod o-r/)
  })

  test('is looked at by `check`, which tells that there is TLS', async (t) => {
    const place = temporaryFolder(t)
    const write = (key: string) =>
      writeFileSync(
        `${place}/presence.cfg`,
        `server_ssl_certificate_file = ${certificateFile}\nserver_ssl_key_file = ${key}\n`,
      )
    write(keyFile)
    const good = await command(place, ['check'], { now: Date.now })
    assert.equal(good.code, 0)
    assert.match(good.out.join('\n'), /note: .*renew it\nok: .*port 1234 of 127\.0\.0\.1 with TLS;/)
    write(caFile)
    const bad = await command(place, ['check'])
    assert.equal(bad.code, 1)
    assert.match(bad.err.join(), /server_ssl_key_file .*ca\.crt: holds no key/)
  })
})
