// Starts a real InspIRCd for one test file, with Debian's limits for each connection; several can be linked.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from './certificates.ts'
import { startChild } from './children.ts'
import { freePort } from './free-port.ts'
import type { IrcServer } from './irc-server.ts'
import { ServerProcess } from './server-process.ts'

/** Another server, or the services. */
export interface IrcPeer {
  readonly name: string
  /** Where it listens for servers, for an operator's CONNECT; without it only the other side connects. */
  readonly port?: number
  /** Its users are services. */
  readonly services?: boolean
}

export interface InspircdOptions {
  readonly name?: string
  /** Of three characters, for each server of a network another. */
  readonly id?: string
  /** Where servers find it. */
  readonly serverPort?: number
  readonly peers?: readonly IrcPeer[]
  readonly monitorLimit?: number
  readonly password?: string
  readonly down?: boolean
}

/** Between servers, and with the services. */
export const LINK_PASSWORD = 'link-password'
/** Who may do anything, as OPER wants it. */
export const OPERATOR = 'root operator-password'

/** Resolves when it listens. */
export async function startInspircd(options: InspircdOptions = {}): Promise<IrcServer> {
  const { name = 'irc.example.test', id = '001', peers = [], monitorLimit = 100 } = options
  const folder = mkdtempSync(join(tmpdir(), 'presence-inspircd-'))
  const [port, tlsPort] = [await freePort(), await freePort()]
  const certificates = await makeCertificates(folder, [name])
  const configFile = join(folder, 'inspircd.conf')
  const modules = ['cap', 'ircv3', 'monitor', 'services_account', 'sasl', 'spanningtree', 'ssl_gnutls']
  const services = peers.find((peer) => peer.services)?.name ?? 'services.example.test'
  writeFileSync(
    configFile,
    `
<server name="${name}" description="test" network="Testnet" id="${id}">
<admin name="admin" nick="admin" email="admin@example.test">
<bind address="127.0.0.1" port="${port}" type="clients">
<bind address="127.0.0.1" port="${tlsPort}" type="clients" sslprofile="test">
${options.serverPort === undefined ? '' : `<bind address="127.0.0.1" port="${options.serverPort}" type="servers">`}
<sslprofile name="test" provider="gnutls" certfile="${certificates.certificateFile}" keyfile="${certificates.keyFile}" dhfile="" requestclientcert="no">
<connect allow="*" timeout="60" threshold="10" pingfreq="120" hardsendq="262144" softsendq="8192" recvq="8192"
  localmax="500" globalmax="500" resolvehostnames="no" useident="no"${options.password === undefined ? '' : ` password="${options.password}"`}>
<dns server="127.0.0.1" timeout="1">
${modules.map((module) => `<module name="${module}">`).join('\n')}
<sasl target="${services}">
<monitor maxentries="${monitorLimit}">
${peers.map((peer) => link(peer)).join('\n')}
<options prefixquit="Quit: ">
<performance quietbursts="yes" softlimit="1024" somaxconn="128">
<class name="all" commands="*" privs="*">
<type name="all" classes="all">
<oper name="root" password="operator-password" host="*@*" type="all">
`,
  )
  const process = new ServerProcess(
    folder,
    // It allows itself to dump core, and some of its ends are crashes.
    () => startChild('inspircd', ['--runasroot', '--nofork', '--nopid', '--config', configFile], { cwd: folder }),
    async (child) => void (await child.waitForLine(/InspIRCd is now running as/)),
  )
  if (options.down !== true) await process.start()
  const { caFile, strangerCaFile } = certificates
  const { log, kill, shutdown, start, pause, resume, stop } = process
  return {
    ...{ kind: 'inspircd', host: '127.0.0.1', port, tlsPort, caFile, strangerCaFile },
    ...{ log, kill, shutdown, start, pause, resume, stop },
  }
}

function link({ name, port, services = false }: IrcPeer): string {
  const passwords = `sendpass="${LINK_PASSWORD}" recvpass="${LINK_PASSWORD}"`
  return [
    `<link name="${name}" ipaddr="127.0.0.1" port="${port ?? 1}" allowmask="127.0.0.0/8" timeout="10" ${passwords}>`,
    ...(services ? [`<uline server="${name}" silent="yes">`] : []),
  ].join('\n')
}
