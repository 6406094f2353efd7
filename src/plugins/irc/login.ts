// One login: from an open socket to a registered nick, with or without SASL, in time or not at all.
import { randomInt } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { FatalError } from '../../core/errors.ts'
import { excerpt } from '../../core/printable.ts'
import { inTime } from '../../net/deadline.ts'
import { IrcConnection } from './connection.ts'
import { ServerFeatures } from './isupport.ts'
import { type IrcMessage, trailing } from './message.ts'
import { SaslGuard } from './sasl-guard.ts'
import { openSocket, protectionOf, type Target } from './socket.ts'

/** How long the login may take from the first line on, in milliseconds: servers look up names before they answer. */
const LOGIN = 40_000

export interface LoginSettings {
  readonly target: Target
  readonly nick: string
  readonly serverPassword: string | undefined
  /** How long a line of the server may be, in bytes. */
  readonly lineLimit?: number
  readonly sasl: { readonly username: string; readonly password: string } | undefined
}

export interface Login {
  readonly connection: IrcConnection
  readonly features: ServerFeatures
  readonly capabilities: ReadonlySet<string>
  /** The nick that we got. */
  readonly nick: string
  /** The server's own name and its software, as it tells them. */
  readonly server: string
  readonly software: string
  /** `TLSv1.3`, say, or `no encryption`. */
  readonly protection: string
}

/** Asked for beside what the library asks for; the second is what the first was called before it was finished. */
const CAPABILITIES = ['extended-monitor', 'draft/extended-monitor']
/** How many other nicks are tried when the one of presence.cfg is taken. */
const OTHER_NICKS = 5

/** Rejects with a sentence for the administrator; nothing is left open then, nor after the signal. The connection is the caller's. */
export async function logIn(settings: LoginSettings, clock: Clock, signal: AbortSignal): Promise<Login> {
  const { target } = settings
  const socket = await openSocket(target, clock, signal)
  const connection = new IrcConnection(socket, settings.lineLimit)
  const stop = () => connection.fail(new Error('stopped'))
  signal.addEventListener('abort', stop, { once: true })
  try {
    const registration = new Registration(connection, settings)
    const registered = registration.run()
    const { nick, features, server, software } = await inTime(
      clock,
      LOGIN,
      'the server to take the login',
      Promise.race([registered, connection.ended]),
    )
    const { capabilities } = connection
    return { connection, nick, features, capabilities, server, software, protection: protectionOf(socket) }
  } catch (error) {
    stop()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

class Registration {
  readonly #connection: IrcConnection
  readonly #settings: LoginSettings
  readonly #guard: SaslGuard | undefined
  readonly #features = new ServerFeatures()
  #nick: string
  #server = ''
  #software = ''
  #tried = 0
  #welcome = false
  #done: () => void = () => {}

  constructor(connection: IrcConnection, settings: LoginSettings) {
    this.#connection = connection
    this.#settings = settings
    this.#nick = settings.nick
    if (settings.sasl !== undefined)
      this.#guard = new SaslGuard(settings.target.source, (line) => connection.send(line))
  }

  async run(): Promise<{ nick: string; features: ServerFeatures; server: string; software: string }> {
    const { nick, serverPassword, sasl } = this.#settings
    const done = new Promise<void>((resolve) => {
      this.#done = resolve
    })
    this.#connection.listener = {
      message: (message) => this.#message(message),
      sending: (line) => (this.#guard === undefined ? line : this.#guard.sending(line)),
    }
    this.#connection.open(
      {
        nick,
        username: 'presence',
        gecos: 'Kopano Presence',
        password: serverPassword,
        account: sasl === undefined ? {} : { account: sasl.username, password: sasl.password },
        ...{ auto_reconnect: false, ping_interval: 0, ping_timeout: 0 },
      },
      CAPABILITIES,
    )
    await done
    return { nick: this.#nick, features: this.#features, server: this.#server, software: this.#software }
  }

  /** True for what the library has to handle: capabilities, SASL, and the server's pings. */
  #message(message: IrcMessage): boolean {
    const failure = this.#guard?.failure(message) ?? this.#refusal(message)
    if (failure !== undefined) {
      this.#connection.fail(failure)
      return false
    }
    this.#guard?.received(message)
    const { command, params } = message
    if (command === '001') {
      this.#nick = params[0] ?? this.#nick
      this.#welcome = true
    } else if (command === '004') {
      this.#server = excerpt(params[1] ?? '')
      this.#software = excerpt(params[2] ?? '')
    } else if (command === '005') this.#features.read(params)
    else if (this.#welcome && (command === '376' || command === '422')) this.#done()
    return /^(CAP|AUTHENTICATE|PING|001|90\d)$/.test(command)
  }

  #refusal(message: IrcMessage): Error | undefined {
    const { source } = this.#settings.target
    const words = excerpt(trailing(message), 200)
    switch (message.command) {
      case '464':
        return new FatalError(`the server refused the login (${words}); check ${source}_server_password`)
      case '465':
        return new FatalError(`the server has banned us: ${words}`)
      case '432':
        return new FatalError(
          `the server does not take the nick ${excerpt(this.#nick)} (${words}); change ${source}_nick`,
        )
      case '433':
      case '436':
      case '437':
        return this.#welcome ? undefined : this.#otherNick()
      case 'ERROR':
        // Some say no more of a wrong password; trying again at once would make a ban of it.
        return /denied|password|banned|[a-z]-?lined/i.test(words)
          ? new FatalError(
              `the server refused the login (${words}); check ${source}_server_password, and whom the server lets in`,
            )
          : new Error(`the server ended the login: ${words}`)
      default:
        return undefined
    }
  }

  /** Somebody has the nick, perhaps a session of ours that the server still holds: it makes no difference to what is seen. */
  #otherNick(): Error | undefined {
    const { nick, target } = this.#settings
    this.#tried += 1
    if (this.#tried > OTHER_NICKS) {
      return new Error(`the nick ${excerpt(nick)} is taken, and others like it too; change ${target.source}_nick`)
    }
    // Nine characters are what the strictest servers take.
    this.#nick = `${nick.slice(0, 7)}${randomInt(10, 100)}`
    this.#connection.send(`NICK ${this.#nick}`)
    return undefined
  }
}
