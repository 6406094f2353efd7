// One connection's life: log in, wait until Asterisk has booted, learn everything, publish what changes, and leave politely.
import type { PluginContext, Session } from '../../core/plugin.ts'
import { inTime } from '../../net/deadline.ts'
import { Connection } from './connection.ts'
import { describe } from './describe.ts'
import { type Change, Directory } from './directory.ts'
import { EventTrust } from './event-trust.ts'
import { Keepalive } from './keepalive.ts'
import { askForLists, readPresence } from './lists.ts'
import { logIn, placed } from './login.ts'
import { type AmiMessage, field } from './message.ts'
import type { AsteriskOptions } from './options.ts'
import { Resync } from './resync.ts'

/** How long Asterisk may take to boot once it lets us log in, in milliseconds. */
export const BOOT_PATIENCE = 60_000
/** How long the server may take to say goodbye, in milliseconds. */
const LEAVE_PATIENCE = 1_000

/** One session from login to loss; resolves after the signal, rejects with the reason of any other end. */
export async function runSession(
  options: AsteriskOptions,
  context: PluginContext,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  const life = new Life(options, context, session)
  const leave = () => life.leave()
  signal.addEventListener('abort', leave, { once: true })
  try {
    await life.live()
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', leave)
    life.end()
  }
}

class Life {
  readonly #options: AsteriskOptions
  readonly #context: PluginContext
  readonly #session: Session
  readonly #connection: Connection
  readonly #directory: Directory
  readonly #keepalive: Keepalive
  readonly #resync: Resync
  readonly #trust = new EventTrust()
  readonly #booted: Promise<void>
  #hasBooted: (() => void) | undefined
  #where = ''
  #loggedIn = false
  #settled = false
  #silent = false

  constructor(options: AsteriskOptions, context: PluginContext, session: Session) {
    this.#options = options
    this.#connection = new Connection(options.max_line * 1024)
    this.#context = context
    this.#session = session
    const { context: dialplanContext, user_map: userMap, domain } = options
    const { mapUser, mappedIds } = context
    this.#directory = new Directory({ context: dialplanContext, userMap, domain, mapUser, mappedIds })
    this.#booted = new Promise((resolve) => {
      this.#hasBooted = resolve
    })
    const connection = this.#connection
    this.#keepalive = new Keepalive(context.clock, {
      // Whatever comes counts as an answer, and the end of the connection is told elsewhere.
      ping: () => void connection.request('Ping').catch(() => {}),
      dead: () => connection.fail(new Error('the server does not answer any more: a ping got no answer within 10 s')),
    })
    this.#resync = new Resync(context.clock, options.resync_interval * 1000, () => this.#learn())
    connection.listener = {
      data: () => this.#keepalive.heard(),
      event: (event) => this.#event(event),
    }
  }

  async live(): Promise<void> {
    const { host, port, username = '', password = '', tls, ca_file: caFile } = this.#options
    const { source, clock } = this.#context
    const address = { host, port, source }
    const connection = this.#connection
    const login = await logIn(connection, { ...address, tls, caFile, username, password, clock })
    try {
      this.#loggedIn = true
      this.#where = `${username} at ${host}:${port}, ${login.version}, ${login.protection}`
      this.#session.connected(`${this.#where}, waiting until Asterisk has booted`)
      const waitingFor = `Asterisk to finish booting; if it runs, the section ${username} in manager.conf needs read = system,call (FullyBooted)`
      await inTime(clock, BOOT_PATIENCE, waitingFor, Promise.race([this.#booted, connection.ended]))
      this.#resync.start((error) => connection.fail(error))
      await connection.ended
    } catch (error) {
      throw placed(address, error)
    }
  }

  /** Goodbye; the server's own ends the connection, or a short time does. Silent from here on. */
  leave(): void {
    this.#stop()
    const stopped = () => this.#connection.fail(new Error('stopped'))
    if (!this.#loggedIn) {
      stopped()
      return
    }
    this.#connection.leave()
    const cancel = this.#context.clock.after(LEAVE_PATIENCE, stopped)
    this.#connection.ended.catch(cancel)
  }

  /** Nothing of it goes on. */
  end(): void {
    this.#stop()
    this.#connection.fail(new Error('ended'))
  }

  #stop(): void {
    this.#silent = true
    this.#keepalive.stop()
    this.#resync.stop()
  }

  #event(event: AmiMessage): void {
    const trusted = this.#trust.judge(event)
    if (event.name === 'FullyBooted') this.#boot(trusted)
    // Until then nothing is true: modules are missing, and phones seem to be off.
    if (this.#hasBooted !== undefined) return
    if (!trusted) {
      if (this.#trust.tellsOfChange(event)) this.#resync.soon()
      return
    }
    if (event.name === 'DeviceStateChange') {
      this.#say(this.#directory.device(field(event, 'device'), field(event, 'state')))
    } else if (event.name === 'PresenceStateChange') {
      this.#say(this.#directory.presence(field(event, 'presentity'), readPresence(event)))
    } else if (event.name === 'Shutdown') {
      const restarts = field(event, 'restart').toLowerCase() === 'true'
      this.#connection.fail(new Error(restarts ? 'Asterisk restarts' : 'Asterisk is shutting down'))
    }
  }

  #boot(trusted: boolean): void {
    if (this.#hasBooted === undefined) return
    if (!trusted) {
      // A login answers with the true one before any other event can come.
      const anew =
        'Asterisk may have booted, but text of users can pose as that without an eventfilter; logging in anew'
      this.#connection.fail(new Error(anew))
      return
    }
    this.#hasBooted()
    this.#hasBooted = undefined
    // The lists are asked for a moment later; what changes until then is in them, or newer.
    this.#directory.listing()
  }

  /** Asks for everything, and says what is new. */
  async #learn(): Promise<void> {
    this.#directory.listing()
    const lists = await askForLists(this.#connection, this.#context.clock)
    if (this.#silent) return
    this.#say(this.#directory.listed(lists))
    const first = !this.#settled
    this.#settled = true
    if (first) this.#session.settled()
    this.#tell(first)
  }

  #say(changes: readonly Change[]): void {
    for (const { userId, publication } of changes) {
      if (publication === undefined) this.#session.withdraw(userId)
      else this.#session.publish(userId, publication)
    }
  }

  #tell(first: boolean): void {
    const { context, domain } = this.#options
    const { log, source } = this.#context
    const { counts } = this.#directory
    const unfiltered = this.#trust.lost
    const text = describe(this.#where, counts, { context, domain, unfiltered })
    this.#session.detail(text)
    if (!first) return
    log.info(text)
    if (counts.hints === 0) {
      const others = counts.otherContexts.length === 0 ? '' : `; there are some in ${counts.otherContexts.join(', ')}`
      log.warn(
        `there is no hint in the context ${context}, so nobody is seen by an extension${others}; check ${source}_context`,
      )
    }
  }
}
