// One connection's life: log in, ask for everybody at a pace, publish what is told, and leave politely.
import { FatalError } from '../../core/errors.ts'
import type { PluginContext, Session } from '../../core/plugin.ts'
import { excerpt } from '../../core/printable.ts'
import { describe } from './describe.ts'
import { type Login, logIn } from './login.ts'
import { type IrcMessage, trailing } from './message.ts'
import type { IrcOptions } from './options.ts'
import { Pacing } from './pacing.ts'
import { identitiesOf, refused, settingsOf } from './settings.ts'
import { Watch } from './watch.ts'

/** How often it is looked for what is due, in milliseconds. */
const TICK = 200
/** How long the server may take to say goodbye, in milliseconds. */
const LEAVE_PATIENCE = 1_000

/** One session from login to loss; resolves after the signal, rejects with the reason of any other end. */
export async function runSession(
  options: IrcOptions,
  context: PluginContext,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  const { server: host } = options
  try {
    if (host === undefined) throw new FatalError(`${context.source}_server is missing`)
    const login = await logIn(settingsOf(host, options, context.source), context.clock, signal)
    await new Life(login, options, context, session).live(signal)
  } catch (error) {
    if (signal.aborted) return
    throw refused(options, error)
  }
}

class Life {
  readonly #login: Login
  readonly #context: PluginContext
  readonly #session: Session
  readonly #watch: Watch
  readonly #pacing: Pacing
  readonly #where: string
  #heardAt: number
  #told = ''
  #cancel = () => {}

  constructor(login: Login, options: IrcOptions, context: PluginContext, session: Session) {
    this.#login = login
    this.#context = context
    this.#session = session
    const { features, capabilities, nick, server, software, protection } = login
    const network = features.network === undefined ? '' : ` of ${excerpt(features.network, 50)}`
    this.#where = `${options.server}:${options.port} (${server}${network}, ${software}) as ${nick}, ${protection}`
    this.#watch = new Watch({
      ...{ features, capabilities, self: nick, channels: options.channels, domain: options.domain },
      identities: identitiesOf(options, context),
      byAccount: options.identify_by === 'account',
      busyWords: options.busy_words,
      interval: options.poll_interval * 1000,
      grace: options.grace * 1000,
    })
    this.#pacing = new Pacing(context.clock)
    // The login's own lines have just been sent.
    this.#pacing.sent()
    this.#heardAt = context.clock.now()
  }

  async live(signal: AbortSignal): Promise<void> {
    const { connection } = this.#login
    const leave = () => this.#leave()
    signal.addEventListener('abort', leave, { once: true })
    try {
      if (signal.aborted) leave()
      else this.#begin()
      await connection.ended
    } finally {
      signal.removeEventListener('abort', leave)
      this.#cancel()
      connection.fail(new Error('ended'))
    }
  }

  #begin(): void {
    const { connection } = this.#login
    this.#session.connected(this.#words())
    connection.listener = {
      message: (message) => {
        this.#read(message)
        // The library has done its work.
        return false
      },
      heard: () => {
        this.#heardAt = this.#context.clock.now()
      },
    }
    this.#tick()
  }

  #read(message: IrcMessage): void {
    const { connection } = this.#login
    const { command, params } = message
    if (command === 'PING') {
      this.#send(`PONG :${params.at(-1) ?? ''}`)
      return
    }
    if (command === 'ERROR') throw new Error(`the server ended the connection: ${excerpt(trailing(message), 200)}`)
    if (command === 'CAP' && params[1] === 'DEL') {
      connection.fail(
        new Error(`the server has taken back ${excerpt(trailing(message))}; the session begins anew without`),
      )
      return
    }
    this.#watch.read(message, this.#context.clock.now())
    this.#turn()
  }

  #tick(): void {
    const { clock } = this.#context
    try {
      this.#watch.tick(clock.now())
      this.#turn()
    } catch (error) {
      this.#login.connection.fail(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.#cancel = clock.after(TICK, () => this.#tick())
  }

  /** Publishes what is new, and asks what is next. */
  #turn(): void {
    const now = this.#context.clock.now()
    const wasSettled = this.#watch.settled
    for (const { userId, publication } of this.#watch.changes(now)) {
      if (publication === undefined) this.#session.withdraw(userId)
      else this.#session.publish(userId, publication)
    }
    if (!wasSettled && this.#watch.settled) {
      this.#session.settled()
      this.#context.log.info(this.#words())
    }
    if (!this.#pacing.free) return
    const line = this.#watch.next(now, this.#heardAt)
    if (line === undefined) return
    this.#send(line)
    this.#tell()
  }

  #send(line: string): void {
    this.#login.connection.send(line)
    this.#pacing.sent()
  }

  #words(): string {
    return describe({ ...this.#watch.situation(), where: this.#where, source: this.#context.source })
  }

  #tell(): void {
    const words = this.#words()
    if (words === this.#told) return
    this.#told = words
    this.#session.detail(words)
  }

  /** Goodbye; the server's own ends the connection, or a short time does. Silent from here on. */
  #leave(): void {
    const { connection } = this.#login
    this.#cancel()
    connection.listener = { message: () => false }
    const cancel = this.#context.clock.after(LEAVE_PATIENCE, () => connection.fail(new Error('stopped')))
    connection.ended.catch(cancel)
    connection.send('QUIT :stopped')
  }
}
