// What every end-to-end test of the xmpp source needs: both servers, the options, and what must hold after any fault.
import assert from 'node:assert/strict'
import type { ConfigLines, Daemon } from './daemon.ts'
import { startEjabberd } from './ejabberd.ts'
import { startProsody } from './prosody.ts'
import { PASSWORD, type XmppServer, type XmppServerOptions } from './xmpp-server.ts'
import { type LoginOptions, type PresenceOptions, XmppUser } from './xmpp-user.ts'

export interface ServerKind {
  readonly name: string
  start(options: XmppServerOptions): Promise<XmppServer>
}

export const SERVERS: readonly ServerKind[] = [
  { name: 'Prosody', start: startProsody },
  { name: 'ejabberd', start: startEjabberd },
]

/** How long a lost source keeps its users, unless a test says otherwise: longer than any fault here. Seconds. */
const GRACE = 60
/** Short, so that silence is noticed soon. Seconds. */
export const PING_INTERVAL = 1

/** The lines of presence.cfg for the bot of a server, reached directly or through a proxy. */
export function xmppConfig(server: XmppServer, port: number = server.port, more: ConfigLines = {}): ConfigLines {
  return {
    ...{ xmpp_jid: server.botJid, xmpp_password: server.botPassword, xmpp_host: server.host, xmpp_port: port },
    ...{ xmpp_ca_file: server.caFile, xmpp_ping_interval: PING_INTERVAL, xmpp_grace: GRACE },
    ...more,
  }
}

/** A user with presence; resolves when the server has taken it. */
export async function online(
  server: XmppServer,
  name: string,
  presence: PresenceOptions = {},
  login: LoginOptions = {},
): Promise<XmppUser> {
  const user = await XmppUser.login(server, name, login)
  user.presence(presence)
  await user.settled()
  return user
}

/** Waits until the daemon says this status (and message) of a user, and that it is no old news. */
export async function says(daemon: Daemon, user: string, status: string, message?: string): Promise<void> {
  await daemon.documentWhen(user, ({ sources: { xmpp } }) => {
    return xmpp?.status === status && (message === undefined || xmpp.message === message) && xmpp.stale !== true
  })
}

/** Waits until the daemon knows nothing of a user. */
export async function knowsNothing(daemon: Daemon, user: string): Promise<void> {
  await daemon.documentWhen(user, ({ sources }) => sources.xmpp === undefined)
}

/** No line of the log has a password or a token in it. */
export function assertNoSecretLogged(daemon: Daemon): void {
  const base64 = Buffer.from(PASSWORD).toString('base64').slice(0, -3)
  for (const line of daemon.logLines) {
    assert.equal(line.includes(PASSWORD) || line.includes(base64), false, `the password is in the log: ${line}`)
  }
}

/** The delays that the log announced, in seconds, in order. */
export function announcedDelays(lines: readonly string[]): number[] {
  return lines.flatMap((line) => {
    const found = /next attempt in ([\d.]+) s/.exec(line)
    return found === null ? [] : [Number(found[1])]
  })
}

/** Each delay is longer than the one before, from about a second on. */
export function assertGrowing(delays: readonly number[]): void {
  assert.ok((delays[0] ?? 0) >= 1 && (delays[0] ?? 0) <= 1.6, `the first delay is about a second: ${delays}`)
  for (const [index, delay] of delays.entries()) {
    assert.ok(index === 0 || delay > (delays[index - 1] ?? 0), `the delays grow: ${delays}`)
  }
}
