// Certificates for test servers: an authority of our own, a server certificate by it, and an authority that signed nothing.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runToEnd } from './children.ts'

export interface Certificates {
  /** Whom clients must trust, PEM. */
  readonly caFile: string
  /** Another authority, to which no server's certificate belongs. */
  readonly strangerCaFile: string
  readonly certificateFile: string
  readonly keyFile: string
  /** Certificate and key in one file, as ejabberd wants it. */
  readonly combinedFile: string
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']

/** Writes them into the folder; the server's is for these host names, localhost and 127.0.0.1. */
export async function makeCertificates(folder: string, names: readonly string[]): Promise<Certificates> {
  const path = (name: string) => join(folder, name)
  const authority = (file: string, name: string) =>
    runToEnd('openssl', [
      ...['req', '-x509', ...KEY, '-subj', `/CN=${name}`],
      ...['-keyout', path(`${file}.key`), '-out', path(`${file}.crt`)],
    ])
  await Promise.all([authority('ca', 'Test authority'), authority('stranger-ca', 'Some other authority')])
  const alternatives = [...names.map((name) => `DNS:${name}`), 'DNS:localhost', 'IP:127.0.0.1'].join(',')
  await runToEnd('openssl', [
    ...['req', '-x509', ...KEY, '-subj', `/CN=${names[0] ?? 'localhost'}`],
    ...['-CA', path('ca.crt'), '-CAkey', path('ca.key')],
    ...['-addext', `subjectAltName=${alternatives}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-keyout', path('server.key'), '-out', path('server.crt')],
  ])
  const combined = await runToEnd('cat', [path('server.crt'), path('server.key')])
  writeFileSync(path('server.pem'), `${combined}\n`, { mode: 0o600 })
  return {
    caFile: path('ca.crt'),
    strangerCaFile: path('stranger-ca.crt'),
    certificateFile: path('server.crt'),
    keyFile: path('server.key'),
    combinedFile: path('server.pem'),
  }
}
