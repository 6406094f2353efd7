// Starts Debian's atheme-services beside a real InspIRCd: accounts, and SASL.
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from './children.ts'
import { LINK_PASSWORD } from './inspircd.ts'
import { IrcUser } from './irc-user.ts'
import { ServerProcess } from './server-process.ts'

export const SERVICES = 'services.example.test'

export interface Services {
  stop(): Promise<void>
  kill(): Promise<void>
  start(): Promise<void>
  log(): string
}

/** Resolves when it is linked to the server that listens for servers at the port. */
export async function startAtheme(serverPort: number): Promise<Services> {
  const folder = mkdtempSync(join(tmpdir(), 'presence-atheme-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  for (const path of [folder, data]) chmodSync(path, 0o777)
  const configFile = join(folder, 'atheme.conf')
  const modules = ['protocol/inspircd', 'backend/opensex', 'crypto/pbkdf2v2', 'nickserv/main', 'nickserv/register']
  modules.push('nickserv/identify', 'nickserv/logout', 'nickserv/group', 'saslserv/main', 'saslserv/plain')
  writeFileSync(
    configFile,
    `
${modules.map((name) => `loadmodule "modules/${name}";`).join('\n')}
serverinfo {
  name = "${SERVICES}"; desc = "services"; numeric = "00A"; recontime = 1; netname = "Testnet"; hidehostsuffix = "users.test";
  adminname = "admin"; adminemail = "admin@example.test"; registeremail = "noreply@example.test";
  auth = none; loglevel = { error; info; }; maxfails = 0; casemapping = rfc1459;
};
uplink "irc.example.test" {
  host = "127.0.0.1"; port = ${serverPort}; send_password = "${LINK_PASSWORD}"; receive_password = "${LINK_PASSWORD}";
};
nickserv { nick = "NickServ"; user = "NickServ"; host = "${SERVICES}"; real = "Nicks"; aliases { }; access { }; };
saslserv { nick = "SaslServ"; user = "SaslServ"; host = "${SERVICES}"; real = "SASL"; };
database { commit_interval = 5; };
general { commit_interval = 5; };
`,
  )
  const process = new ServerProcess(
    folder,
    () =>
      startChild('atheme-services', [
        ...['-n', '-c', configFile, '-D', data],
        ...['-l', join(folder, 'atheme.log'), '-p', join(folder, 'atheme.pid')],
      ]),
    async (child) => void (await child.waitForLine(/finished synching with uplink/)),
  )
  await process.start()
  const { stop, kill, start, log } = process
  return { stop, kill, start, log }
}

/** Registers the nick of a user as an account, to which that user is logged in then. */
export async function register(user: IrcUser, password: string): Promise<void> {
  await user.ask(`PRIVMSG NickServ :REGISTER ${password} someone@example.test`, / 900 /)
}

/** An account without anybody logged in. */
export async function makeAccount(port: number, name: string, password: string): Promise<void> {
  const user = await IrcUser.login(port, name)
  await register(user, password)
  await user.quit()
}
