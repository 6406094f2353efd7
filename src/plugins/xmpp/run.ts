// One connection's life: log in, learn the roster, publish what comes, and leave politely.
import { randomUUID } from 'node:crypto'
import { reason } from '../../core/errors.ts'
import type { PluginContext, Session } from '../../core/plugin.ts'
import { excerpt } from '../../core/printable.ts'
import { foldUserId } from '../../core/user-id.ts'
import { inTime } from '../../net/deadline.ts'
import { connect, countedDomains, type Network, stanzaLimit } from './connect.ts'
import { type Change, Contacts } from './contacts.ts'
import { describe } from './describe.ts'
import { Keepalive } from './keepalive.ts'
import { type XmlElement, xml } from './library.ts'
import { type Login, placed } from './login.ts'
import type { XmppOptions } from './options.ts'
import { Publisher } from './publisher.ts'
import { Settling } from './settle.ts'
import { type RosterItem, readJid, readPresence, readRoster } from './stanza.ts'
import { answerSubscription } from './subscriptions.ts'

const NS_PING = 'urn:xmpp:ping'
const NS_ROSTER = 'jabber:iq:roster'
/** How long a roster may take, in milliseconds: it can be tens of megabytes. */
const ROSTER_PATIENCE = 60_000
/** How long the answer to a ping may stand in the queue behind presence, in milliseconds. A silent server is noticed earlier. */
const QUEUE_PATIENCE = 120_000
/** How long the server may take to say goodbye, in milliseconds. */
const LEAVE_PATIENCE = 1_000
/** For the library's own timers, in milliseconds; the deadlines here decide. */
const LIBRARY_PATIENCE = 600_000

/** One session from login to loss; resolves after the signal, rejects with the reason of any other end. */
export async function runSession(
  options: XmppOptions,
  context: PluginContext,
  session: Session,
  signal: AbortSignal,
  network?: Network,
): Promise<void> {
  try {
    const { login, target } = await connect(options, context, signal, network)
    const where = `${options.jid} at ${target.host}:${target.port}, ${login.protection}`
    const life = new Life(login, where, options, context, session)
    try {
      await life.live(signal)
    } catch (error) {
      throw placed(target, error)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

class Life {
  readonly #login: Login
  readonly #where: string
  readonly #options: XmppOptions
  readonly #context: PluginContext
  readonly #session: Session
  readonly #account: string
  readonly #contacts: Contacts
  readonly #publisher: Publisher
  readonly #keepalive: Keepalive
  #settling: Settling | undefined
  /** What was pushed before the roster was there; what it says is newer. */
  #earlyPushes: RosterItem[] | undefined = []

  constructor(login: Login, where: string, options: XmppOptions, context: PluginContext, session: Session) {
    this.#login = login
    this.#where = where
    this.#options = options
    this.#context = context
    this.#session = session
    this.#account = readJid(login.jid)?.bare ?? foldUserId(options.jid ?? '')
    this.#contacts = new Contacts({
      account: this.#account,
      domains: countedDomains(options),
      stripDomain: options.user_id_strip_domain,
      mapUser: context.mapUser,
    })
    const { clock } = context
    this.#publisher = new Publisher(session, clock)
    this.#keepalive = new Keepalive(clock, options.ping_interval * 1000, {
      ping: () => void this.#ping(),
      dead: () => login.stream.fail(new Error('the server does not answer any more: a ping got no answer within 10 s')),
    })
  }

  async live(signal: AbortSignal): Promise<void> {
    const { stream } = this.#login
    const leave = () => this.#leave()
    signal.addEventListener('abort', leave, { once: true })
    try {
      if (signal.aborted) leave()
      else this.#session.connected(this.#where)
      stream.listener = {
        data: () => this.#keepalive.received(),
        element: () => this.#keepalive.heard(),
        presence: (stanza) => this.#presence(stanza),
      }
      this.#answerRequests()
      await Promise.race([this.#learn(), stream.ended])
      await stream.ended
    } finally {
      signal.removeEventListener('abort', leave)
      this.#keepalive.stop()
      this.#settling?.stop()
      this.#publisher.stop()
      stream.fail(new Error('ended'))
    }
  }

  /** Roster, then own presence (the server answers it with everybody's), then a ping to know when that is through. */
  async #learn(): Promise<void> {
    const { stream, caller } = this.#login
    const { clock } = this.#context
    stream.stanzaLimit = Math.max(this.#options.max_roster * 1024 * 1024, stanzaLimit(this.#options))
    const request = xml('iq', { type: 'get', id: randomUUID() }, xml('query', { xmlns: NS_ROSTER }))
    const roster = await inTime(clock, ROSTER_PATIENCE, 'the roster', caller.request(request, LIBRARY_PATIENCE)).catch(
      (error: Error) => {
        throw error.name === 'StanzaError'
          ? new Error(`the server refuses the roster (${excerpt(error.message)})`)
          : error
      },
    )
    if (!this.#isOwnServer(roster)) throw new Error('somebody else answered the request for the roster')
    stream.stanzaLimit = stanzaLimit(this.#options)
    for (const item of readRoster(roster)) this.#contacts.item(item)
    for (const item of this.#earlyPushes ?? []) this.#contacts.item(item)
    this.#earlyPushes = undefined
    this.#tell()
    const settling = new Settling(
      clock,
      () => this.#contacts.complete,
      () => this.#settle(),
    )
    this.#settling = settling
    stream.say(xml('presence', {}, xml('priority', {}, String(this.#options.priority))))
    await inTime(clock, QUEUE_PATIENCE, 'the answer to a ping', this.#ping())
    settling.pingAnswered()
  }

  #settle(): void {
    for (const change of this.#contacts.settle()) this.#publisher.say(change)
    this.#publisher.flush()
    this.#session.settled()
    this.#tell()
    const { log, source } = this.#context
    log.info(describe(this.#where, this.#contacts.counts))
    if (this.#contacts.counts.seen > 0) return
    log.warn(
      `the account of ${source}_jid sees nobody's presence; the README of the xmpp plugin tells how it comes to see everybody's`,
    )
  }

  #presence(stanza: XmlElement): void {
    const presence = readPresence(stanza)
    if (presence === undefined) return
    if (presence.type === 'subscribe') {
      if (this.#options.accept_subscriptions) answerSubscription(presence.from, this.#contacts, this.#login.stream)
      return
    }
    const { firstWords } = this.#contacts
    this.#publish(this.#contacts.presence(presence, this.#context.clock.now()))
    // Changes of those who are known already go on for ever; they say nothing of who is still to be told.
    if (this.#contacts.firstWords > firstWords) this.#settling?.heard()
    if (presence.type === 'unsubscribed') this.#tell()
  }

  #answerRequests(): void {
    const { callee } = this.#login
    callee.get(NS_PING, 'ping', () => ({}))
    callee.set(NS_ROSTER, 'query', ({ stanza }) => {
      // Anybody may send such a request; only the own account's counts (RFC 6121, section 2.1.6).
      if (!this.#isOwnServer(stanza)) return undefined
      const items = readRoster(stanza)
      if (this.#earlyPushes !== undefined) this.#earlyPushes.push(...items)
      else {
        for (const item of items) this.#publish(this.#contacts.item(item))
        this.#tell()
      }
      return {}
    })
  }

  #publish(change: Change | undefined): void {
    if (change !== undefined) this.#publisher.say(change)
  }

  /** Whether the account's own server speaks for the account. */
  #isOwnServer(stanza: XmlElement): boolean {
    const { from } = stanza.attrs
    return from === undefined || from === this.#login.jid || foldUserId(from) === this.#account
  }

  #tell(): void {
    this.#session.detail(describe(this.#where, this.#contacts.counts))
  }

  /** Resolves with any answer: an error is a sign of life too. */
  async #ping(): Promise<void> {
    const { caller, stream } = this.#login
    const to = this.#account.slice(this.#account.indexOf('@') + 1)
    const request = xml('iq', { type: 'get', to, id: randomUUID() }, xml('ping', { xmlns: NS_PING }))
    try {
      await caller.request(request, LIBRARY_PATIENCE)
    } catch (error) {
      if (!(error instanceof Error && error.name === 'StanzaError') && !stream.over) {
        stream.fail(new Error(`a ping could not be sent: ${reason(error)}`))
      }
    }
  }

  /** Goodbye; the server's own ends the stream, or a short time does. Silent from here on. */
  #leave(): void {
    const { stream } = this.#login
    stream.listener = {}
    this.#settling?.stop()
    this.#publisher.stop()
    const cancel = this.#context.clock.after(LEAVE_PATIENCE, () => stream.fail(new Error('stopped')))
    stream.ended.catch(cancel)
    stream.write('<presence type="unavailable"/></stream:stream>').catch((error: Error) => stream.fail(error))
  }
}
