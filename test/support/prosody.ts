// Starts a real Prosody for one test file, set up as the xmpp plugin's README tells an administrator.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from './certificates.ts'
import { runToEnd, startChild } from './children.ts'
import { freePort } from './free-port.ts'
import { ServerProcess } from './server-process.ts'
import { readmeBlock } from './xmpp-readme.ts'
import { BOT, PASSWORD, type XmppServer, type XmppServerOptions } from './xmpp-server.ts'
import { XmppUser } from './xmpp-user.ts'

export interface ProsodyOptions extends XmppServerOptions {
  readonly domain?: string
  /** A backend of `test/support/prosody/`, for instance; by default Prosody's own, with passwords in the clear. */
  readonly authentication?: string
  /** More lines of configuration for `domain`, and for the whole server. */
  readonly extra?: string
  readonly global?: string
}

/** What only Prosody's own tests need. */
export interface ProsodyServer extends XmppServer {
  readonly dataFolder: string
  readonly pid: number
}

const TEST_MODULES = new URL('prosody', import.meta.url).pathname

/** Resolves when it listens. */
export async function startProsody(options: ProsodyOptions = {}): Promise<ProsodyServer> {
  const domain = options.domain ?? 'example.test'
  const otherDomain = `other-${domain}`
  const mucDomain = `conference.${domain}`
  const folder = mkdtempSync(join(tmpdir(), 'presence-prosody-'))
  const [port, directTlsPort] = [await freePort(), await freePort()]
  const certificates = await makeCertificates(folder, [domain, otherDomain, mucDomain])
  const configFile = join(folder, 'prosody.cfg.lua')
  const dataFolder = join(folder, 'data')
  mkdirSync(dataFolder)
  // The README's block ends with the section of the domain; after it come those of other domains.
  writeFileSync(
    configFile,
    `
run_as_root = true
data_path = "${dataFolder}"
pidfile = "${folder}/prosody.pid"
admin_socket = "${folder}/admin.sock"
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_direct_tls_ports = { ${directTlsPort} }
modules_enabled = { "posix", "roster", "saslauth", "tls", "disco", "ping", "presence", "register_ibr", "admin_shell" }
allow_registration = true
modules_disabled = { "s2s" }
authentication = "${options.authentication ?? 'internal_plain'}"
storage = "internal"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
limits = { }
log = { info = "*console" }
ssl = { certificate = "${certificates.certificateFile}", key = "${certificates.keyFile}" }
certificates = "${folder}"
${options.global ?? ''}
${readmeBlock('Prosody', 'lua', domain).replace('plugin_paths = { ', `plugin_paths = { "${TEST_MODULES}", `)}
${options.extra ?? ''}
VirtualHost "${otherDomain}"
Component "${mucDomain}" "muc"
`,
  )
  const accounts = join(dataFolder, encoded(domain), 'accounts')
  mkdirSync(accounts, { recursive: true })
  for (const name of [BOT, ...(options.users ?? [])]) {
    writeFileSync(join(accounts, `${encoded(name)}.dat`), `return { ["password"] = "${PASSWORD}" };\n`)
  }

  const process = new ServerProcess(
    folder,
    () => startChild('prosody', ['-F', '--config', configFile]),
    async (child) => {
      // Both ports are open then, but only one that answers has come to the end of its start, and knows SIGTERM.
      await child.waitForLine(/Activated service 'c2s_direct_tls'/)
      await (await XmppUser.login({ port, host: '127.0.0.1', domain }, BOT, { resource: 'ready' })).close()
    },
  )
  const shell = (command: string) => runToEnd('prosodyctl', ['--config', configFile, 'shell', command])
  await process.start()

  return {
    kind: 'prosody',
    dataFolder,
    get pid() {
      return process.pid
    },
    host: '127.0.0.1',
    port,
    directTlsPort,
    domain,
    otherDomain,
    mucDomain,
    caFile: certificates.caFile,
    strangerCaFile: certificates.strangerCaFile,
    botJid: `${BOT}@${domain}`,
    botPassword: PASSWORD,
    async addUser(name, password = PASSWORD, at = domain) {
      await runToEnd('prosodyctl', ['--config', configFile, 'register', name, at, password])
    },
    async deleteUser(name, at = domain) {
      await shell(`user:delete("${name}@${at}")`)
    },
    log: process.log,
    kill: process.kill,
    shutdown: process.shutdown,
    start: process.start,
    pause: process.pause,
    resume: process.resume,
    stop: process.stop,
  }
}

/** A name as Prosody's internal storage writes it in file names. */
function encoded(name: string): string {
  return [...new TextEncoder().encode(name)]
    .map((byte) => {
      const letter = String.fromCharCode(byte)
      return /[A-Za-z0-9]/.test(letter) ? letter : `%${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
}
