// From an address to a logged-in connection, with a deadline for every step.
import { createHash } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { FatalError, reason } from '../../core/errors.ts'
import { excerpt } from '../../core/printable.ts'
import { inTime, STEP } from '../../net/deadline.ts'
import { openTcp, readAuthorities, startTls } from '../../net/sockets.ts'
import { type Address, failureWords } from './address.ts'
import type { Connection } from './connection.ts'
import { type AmiMessage, field } from './message.ts'

export interface LoginSettings extends Address {
  readonly tls: boolean
  readonly caFile: string | undefined
  readonly username: string
  readonly password: string
  readonly clock: Clock
}

/** What a connection is: for the administrator. */
export interface Login {
  /** The server's own words of itself. */
  readonly version: string
  /** `TLSv1.3`, say, or `no encryption`. */
  readonly protection: string
}

/** Opens the connection and logs in on it. Rejects with a sentence that names host and port. */
export async function logIn(connection: Connection, settings: LoginSettings): Promise<Login> {
  try {
    const protection = await open(connection, settings)
    const version = await greeted(connection, settings)
    await authenticate(connection, settings)
    return { version, protection }
  } catch (error) {
    throw placed(settings, error)
  }
}

/** The same error, with the address in front of its sentence. */
export function placed({ host, port }: Address, error: unknown): Error {
  const text = `${host.includes(':') ? `[${host}]` : host}:${port}: ${reason(error)}`
  return error instanceof FatalError ? new FatalError(text) : new Error(text)
}

async function open(connection: Connection, settings: LoginSettings): Promise<string> {
  const { clock, tls, caFile, source } = settings
  const authorities = tls ? await readAuthorities(caFile, `${source}_ca_file`) : undefined
  const words = failureWords(settings)
  const tcp = openTcp(settings, words)
  connection.owns(tcp.socket)
  await inTime(clock, STEP, 'the connection', Promise.race([tcp.ready, connection.ended]))
  if (!tls) {
    connection.attach(tcp.socket)
    return 'no encryption'
  }
  const secure = startTls(tcp.socket, { identity: settings.host, authorities }, words)
  connection.owns(secure.socket)
  await inTime(clock, STEP, 'the TLS handshake', Promise.race([secure.ready, connection.ended]))
  connection.attach(secure.socket)
  return secure.socket.getProtocol() ?? 'TLS'
}

async function greeted(connection: Connection, { clock, source }: LoginSettings): Promise<string> {
  const waitingFor = `the greeting of the manager interface (check ${source}_port and ${source}_tls)`
  const banner = await inTime(clock, STEP, waitingFor, Promise.race([connection.banner, connection.ended]))
  if (/^Asterisk Call Manager/.test(banner)) return excerpt(banner)
  throw new Error(
    `this is no manager interface of Asterisk: it greets with "${excerpt(banner)}"; check ${source}_port and ${source}_tls`,
  )
}

/** The password itself never goes over the wire. */
async function authenticate(connection: Connection, settings: LoginSettings): Promise<void> {
  const { clock, username, password, source } = settings
  const ask = (waitingFor: string, action: string, headers: Readonly<Record<string, string>>) =>
    inTime(clock, STEP, waitingFor, connection.request(action, headers))
  const challenged = await ask('the challenge', 'Challenge', { AuthType: 'MD5' })
  const challenge = field(challenged, 'challenge')
  if (challenged.name !== 'Success' || challenge === '') {
    throw new Error(`the server refuses to log in by MD5 challenge (${words(challenged)})`)
  }
  const key = createHash('md5').update(challenge).update(password).digest('hex')
  // Only these classes of events hold what counts here.
  const headers = { AuthType: 'MD5', Username: username, Key: key, Events: 'system,call' }
  const answer = await ask('the answer to the login', 'Login', headers)
  if (answer.name === 'Success') return
  throw new FatalError(
    `the server refused the login (${words(answer)}); check ${source}_username and ${source}_password, and permit and deny in manager.conf`,
  )
}

/** The server's own words in an answer. */
export function words(answer: AmiMessage): string {
  return excerpt(field(answer, 'message') || answer.name, 200)
}
