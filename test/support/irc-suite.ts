// What every end-to-end test of the irc source needs: both servers, the options, and how a user is found.
import assert from 'node:assert/strict'
import type { ConfigLines, Daemon, Document } from './daemon.ts'
import { startInspircd } from './inspircd.ts'
import type { IrcServer } from './irc-server.ts'
import { startNgircd } from './ngircd.ts'

export interface IrcServerKind {
  readonly name: string
  start(options?: { readonly password?: string; readonly down?: boolean }): Promise<IrcServer>
}

export const IRC_SERVERS: readonly IrcServerKind[] = [
  { name: 'ngIRCd', start: startNgircd },
  { name: 'InspIRCd', start: startInspircd },
]

/** How long a change may take where it has to be asked for, in milliseconds: an interval, and a queue of questions. */
const TOLD_WITHIN = 60_000

/** The lines of presence.cfg for a server, over TLS; `more` without the source's name. */
export function ircConfig(server: IrcServer, more: ConfigLines = {}, source = 'irc'): ConfigLines {
  const lines = { server: server.host, port: server.tlsPort, ca_file: server.caFile, poll_interval: 5, ...more }
  return Object.fromEntries(Object.entries(lines).map(([name, value]) => [`${source}_${name}`, value]))
}

/** `a=a@example.test` for each. */
export function mapped(...nicks: readonly string[]): string {
  return nicks.map((nick) => `${nick}=${id(nick)}`).join(' ')
}

export function id(nick: string): string {
  return `${nick.toLowerCase()}@example.test`
}

/** Waits until the daemon says this status (and message) of a user, and that it is no old news. */
export function says(
  daemon: Daemon,
  user: string,
  status: string,
  message?: string,
  source = 'irc',
): Promise<Document> {
  const fits = ({ sources }: Document) => {
    const said = sources[source]
    return said?.status === status && (message === undefined || said.message === message) && said.stale !== true
  }
  return daemon.documentWhen(user, fits, TOLD_WITHIN)
}

/** Waits until the source has settled. */
export async function settled(daemon: Daemon, source = 'irc'): Promise<string> {
  return (await daemon.sourceIs('settled', source, TOLD_WITHIN)).detail
}

/** None of these secrets stands in any of the texts, in the clear or as SASL sends it. */
export function assertNoSecret(texts: readonly string[], ...secrets: readonly string[]): void {
  for (const line of texts) {
    for (const secret of secrets) {
      const base64 = Buffer.from(secret).toString('base64').slice(0, -3)
      assert.equal(line.includes(secret) || line.includes(base64), false, `a secret is in: ${line}`)
    }
  }
}
