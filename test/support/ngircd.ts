// Starts a real ngIRCd for one test file, with the limits that Debian installs.
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from './certificates.ts'
import { startChild } from './children.ts'
import { freePort } from './free-port.ts'
import type { IrcServer } from './irc-server.ts'
import { ServerProcess } from './server-process.ts'

export interface NgircdOptions {
  /** What everybody must give as PASS. */
  readonly password?: string
  /** Prepared, but not running. */
  readonly down?: boolean
}

/** Resolves when it listens. */
export async function startNgircd(options: NgircdOptions = {}): Promise<IrcServer> {
  const folder = mkdtempSync(join(tmpdir(), 'presence-ngircd-'))
  const [port, tlsPort] = [await freePort(), await freePort()]
  const certificates = await makeCertificates(folder, ['irc.example.test'])
  // Started by root it goes on as nobody, who must be able to read these.
  for (const path of [certificates.keyFile, certificates.certificateFile]) chmodSync(path, 0o644)
  chmodSync(folder, 0o755)
  const configFile = join(folder, 'ngircd.conf')
  writeFileSync(
    configFile,
    `
[Global]
  Name = irc.example.test
  AdminEMail = admin@example.test
  Info = test
  Listen = 127.0.0.1
  Ports = ${port}
  MotdPhrase = hello
${options.password === undefined ? '' : `  Password = ${options.password}\n`}
[Limits]
  MaxConnectionsIP = 0
[Options]
  DNS = no
  Ident = no
  PAM = no
[SSL]
  CertFile = ${certificates.certificateFile}
  KeyFile = ${certificates.keyFile}
  Ports = ${tlsPort}
`,
  )
  const process = new ServerProcess(
    folder,
    () => startChild('ngircd', ['-n', '-f', configFile]),
    async (child) => void (await child.waitForLine(/Server ".*" .*ready/)),
  )
  if (options.down !== true) await process.start()
  const { caFile, strangerCaFile } = certificates
  const { log, kill, shutdown, start, pause, resume, stop } = process
  return {
    ...{ kind: 'ngircd', host: '127.0.0.1', port, tlsPort, caFile, strangerCaFile },
    ...{ log, kill, shutdown, start, pause, resume, stop },
  }
}
