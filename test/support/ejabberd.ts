// Starts a real ejabberd for one test file, set up as the xmpp plugin's README tells an administrator.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { makeCertificates } from './certificates.ts'
import { startChild } from './children.ts'
import { ejabberdCommand, runEjabberdctlLines } from './ejabberd-api.ts'
import { distributionArguments, runInShell } from './ejabberdctl.ts'
import { freePort } from './free-port.ts'
import { inParallel } from './in-parallel.ts'
import { ServerProcess } from './server-process.ts'
import { readmeBlock } from './xmpp-readme.ts'
import { BOT, PASSWORD, type XmppServer, type XmppServerOptions } from './xmpp-server.ts'

export interface EjabberdOptions extends XmppServerOptions {
  readonly domain?: string
  /** Leaves out the README's commands: the bot sees nobody yet. */
  readonly withoutGroups?: boolean
}

/** What only ejabberd's own tests need. */
export interface EjabberdServer extends XmppServer {
  /** Runs lines in a shell that has ejabberdctl. */
  ejabberdctl(lines: string): Promise<string>
  /** Where mod_http_api answers anybody. */
  readonly apiPort: number
  readonly pid: number
}

/** Mnesia writes its log this late at most, in milliseconds. */
const WRITTEN_AFTER = 2_500
/** How long it may take to start on a busy machine, in milliseconds. */
const STARTED_WITHIN = 60_000

/** Resolves when it listens and the bot sees everybody. Without epmd: it neither needs nor disturbs other Erlang nodes. */
export async function startEjabberd(options: EjabberdOptions = {}): Promise<EjabberdServer> {
  const domain = options.domain ?? 'example.test'
  const otherDomain = `other-${domain}`
  const mucDomain = `conference.${domain}`
  const folder = mkdtempSync(join(tmpdir(), 'presence-ejabberd-'))
  const [port, directTlsPort, apiPort] = [await freePort(), await freePort(), await freePort()]
  const distributionPort = await freePort()
  const certificates = await makeCertificates(folder, [domain, otherDomain, mucDomain])
  const configFile = join(folder, 'ejabberd.yml')
  for (const name of ['database', 'log']) mkdirSync(join(folder, name))
  // The README's block comes last, since it opens the section of the modules.
  writeFileSync(
    configFile,
    `
hosts: ["${domain}", "${otherDomain}"]
loglevel: info
certfiles: ["${certificates.combinedFile}"]
ca_file: "${certificates.caFile}"
auth_method: internal
auth_password_format: plain
disable_sasl_mechanisms: ["x-oauth2"]
listen:
  - { port: ${port}, ip: "127.0.0.1", module: ejabberd_c2s, starttls: true, max_stanza_size: 262144, shaper: none }
  - { port: ${directTlsPort}, ip: "127.0.0.1", module: ejabberd_c2s, tls: true, max_stanza_size: 262144, shaper: none }
  - { port: ${apiPort}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: { "/api": mod_http_api } }
api_permissions:
  "tests": { from: [mod_http_api], who: all, what: "*" }
${readmeBlock('ejabberd', 'yaml', domain)}
  mod_ping: {}
  mod_disco: {}
  mod_muc: { host: "${mucDomain}" }
`,
  )

  const process = new ServerProcess(
    folder,
    () =>
      startChild(
        'erl',
        [
          ...['-noinput', ...distributionArguments(distributionPort)],
          ...['-mnesia', 'dir', `"${join(folder, 'database')}"`, '-s', 'ejabberd'],
        ],
        {
          env: {
            HOME: folder,
            ERL_LIBS: '/usr/lib/x86_64-linux-gnu',
            ERL_CRASH_DUMP_SECONDS: '0',
            EJABBERD_CONFIG_PATH: configFile,
            EJABBERD_LOG_PATH: join(folder, 'log', 'ejabberd.log'),
            EJABBERD_PID_PATH: join(folder, 'pid'),
          },
        },
      ),
    async (child) => {
      for (const accepting of [`TCP.*:${apiPort}`, `TCP.*:${port}`, `TLS.*:${directTlsPort}`]) {
        await child.waitForLine(new RegExp(`Start accepting ${accepting}`), { timeout: STARTED_WITHIN })
      }
    },
  )
  let changed = 0
  const command = async (name: string, args: Readonly<Record<string, string>>) => {
    await ejabberdCommand(apiPort, name, args)
    changed = performance.now()
  }
  const addUser = async (name: string, password = PASSWORD, at = domain) => {
    await command('register', { user: name, host: at, password })
  }
  await process.start()
  await addUser(BOT)
  if (options.withoutGroups !== true) await runEjabberdctlLines(apiPort, readmeBlock('ejabberd', 'sh', domain))
  await inParallel(options.users ?? [], 8, (name) => addUser(name))

  return {
    kind: 'ejabberd',
    host: '127.0.0.1',
    port,
    directTlsPort,
    apiPort,
    get pid() {
      return process.pid
    },
    domain,
    otherDomain,
    mucDomain,
    caFile: certificates.caFile,
    strangerCaFile: certificates.strangerCaFile,
    botJid: `${BOT}@${domain}`,
    botPassword: PASSWORD,
    addUser,
    ejabberdctl: (lines) => runInShell(lines, { folder, configFile, distributionPort }),
    async deleteUser(name, at = domain) {
      await command('unregister', { user: name, host: at })
    },
    log: process.log,
    async kill() {
      // A killed Mnesia may lose what it was told last; the tests mean the users of a server that has run for a while.
      await setTimeout(Math.max(0, changed + WRITTEN_AFTER - performance.now()))
      await process.kill()
    },
    shutdown: process.shutdown,
    start: process.start,
    pause: process.pause,
    resume: process.resume,
    stop: process.stop,
  }
}
