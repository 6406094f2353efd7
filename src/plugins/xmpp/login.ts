// One login: from a socket to a bound resource, composed of the library's modules, with a deadline for every step.

import type { Clock } from '../../core/clock.ts'
import { FatalError, reason } from '../../core/errors.ts'
import { excerpt } from '../../core/printable.ts'
import { inTime, STEP, tooLate } from '../../net/deadline.ts'
import { openTcp, startTls } from '../../net/sockets.ts'
import {
  createIqCallee,
  createIqCaller,
  createMiddleware,
  createStreamFeatures,
  type IqCallee,
  type IqCaller,
  type Middleware,
  useBind,
  type XmlElement,
  xml,
} from './library.ts'
import { installSasl, type LoginContext, mechanismMistake } from './sasl.ts'
import type { Target } from './srv.ts'
import { ClientStream, ConnectionLost } from './stream.ts'
import { failureWords, type Trust, tlsSettings } from './trust.ts'

const NS_STREAM = 'http://etherx.jabber.org/streams'
const NS_TLS = 'urn:ietf:params:xml:ns:xmpp-tls'
const NS_BIND = 'urn:ietf:params:xml:ns:xmpp-bind'
const NS_SESSION = 'urn:ietf:params:xml:ns:xmpp-session'
/** For the library's own timers, in milliseconds; the deadlines here decide. */
const LIBRARY_PATIENCE = 600_000

export interface LoginSettings extends LoginContext {
  /** The bare JID. */
  readonly account: string
  /** The JID's domain. */
  readonly domain: string
  readonly resource: string
  readonly trust: Trust
  readonly clock: Clock
  /** As in ClientStreamOptions. */
  readonly maxStanza?: number
  readonly maxDepth?: number
}

/** A session on the server. */
export interface Login {
  readonly stream: ClientStream
  readonly caller: IqCaller
  readonly callee: IqCallee
  /** The full JID that the server has bound. */
  readonly jid: string
  /** `TLSv1.3`, say, or `no encryption`. */
  readonly protection: string
}

/**
 * Logs in at a target. Rejects with a sentence that names host and port; nothing is left open then, nor after the signal. The
 * stream belongs to the caller.
 */
export async function logIn(target: Target, settings: LoginSettings, signal: AbortSignal): Promise<Login> {
  const { clock, trust } = settings
  signal.throwIfAborted()
  const stream = new ClientStream(settings)
  const stop = () => stream.fail(new Error('stopped'))
  signal.addEventListener('abort', stop, { once: true })
  try {
    const words = failureWords(trust)
    const { socket: tcp, ready: connected } = openTcp(target, words)
    stream.owns(tcp)
    await inTime(clock, STEP, 'the connection', Promise.race([connected, stream.ended]))
    let socket = tcp
    if (target.tls === 'direct') {
      const { socket: secure, ready: secured } = startTls(tcp, tlsSettings(trust, true), words)
      stream.owns(secure)
      await inTime(clock, STEP, 'the TLS handshake', Promise.race([secured, stream.ended]))
      socket = secure
    }
    stream._attachSocket(socket)
    return await new Negotiation(stream, target, settings).run()
  } catch (error) {
    stop()
    throw placed(target, refusal(error, settings.source))
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** What an error answer to the binding means; any other error as it is. */
function refusal(error: unknown, source: string): unknown {
  if (!(error instanceof Error) || error.name !== 'StanzaError') return error
  return new Error(`the server refuses the session (${excerpt(error.message, 200)}); check ${source}_resource`)
}

/** The same error, with the address in front of its sentence. */
export function placed({ host, port }: Target, error: unknown): Error {
  const text = `${host.includes(':') ? `[${host}]` : host}:${port}: ${reason(error)}`
  return error instanceof FatalError ? new FatalError(text) : new Error(text)
}

/** The conversation on an open socket until the resource is bound. */
class Negotiation {
  readonly #stream: ClientStream
  readonly #target: Target
  readonly #settings: LoginSettings
  #cancel = () => {}
  #waitingFor = ''
  #loggedIn = false
  #wantsSession = false

  constructor(stream: ClientStream, target: Target, settings: LoginSettings) {
    this.#stream = stream
    this.#target = target
    this.#settings = settings
  }

  async run(): Promise<Login> {
    try {
      return await this.#negotiate()
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error
      throw new Error(`${error.message} while waiting for ${this.#waitingFor}`)
    }
  }

  async #negotiate(): Promise<Login> {
    const stream = this.#stream
    const middleware = createMiddleware({ entity: stream })
    const caller = createIqCaller({ middleware, entity: stream })
    const callee = createIqCallee({ middleware, entity: stream })
    stream.ended.catch((reason: Error) => {
      this.#cancel()
      // The library's requests have timers, which end when they are answered.
      for (const request of caller.handlers.values()) request.reject(reason)
      caller.handlers.clear()
    })
    this.#watchFeatures(middleware)
    const streamFeatures = createStreamFeatures({ middleware })
    installSasl(stream, streamFeatures, this.#settings, () => {
      this.#loggedIn = true
      this.#step('the server to open the stream again')
    })
    useBind({ streamFeatures, iqCaller: caller }, this.#settings.resource)

    const bound = new Promise<string>((resolve) => {
      stream.once('online', (jid: unknown) => resolve(String(jid)))
    })
    this.#step('the server to open the stream')
    await Promise.race([stream.open({ domain: this.#settings.domain }), stream.ended])
    const jid = await Promise.race([bound, stream.ended])
    if (this.#wantsSession) {
      this.#step('the session')
      await caller.set(xml('session', { xmlns: NS_SESSION }), undefined, LIBRARY_PATIENCE)
    }
    this.#cancel()
    return { stream, caller, callee, jid, protection: stream.protection }
  }

  /** Looks at each set of features before the library does. */
  #watchFeatures(middleware: Middleware): void {
    middleware.use(async ({ stanza }, next) => {
      if (!stanza.is('features', NS_STREAM)) return next()
      if (this.#target.tls === 'starttls' && !this.#stream.isSecure()) return this.#secure(stanza)
      if (this.#loggedIn) {
        if (stanza.getChild('bind', NS_BIND) === undefined) throw new Error('the server lets nobody bind a resource')
        const session = stanza.getChild('session', NS_SESSION)
        this.#wantsSession = session !== undefined && session.getChild('optional') === undefined
        this.#step('the resource')
        return next()
      }
      const mistake = mechanismMistake(stanza, this.#settings)
      if (mistake !== undefined) throw mistake
      this.#step('the answer to the login')
      return next()
    })
  }

  /** STARTTLS (RFC 6120, section 5), and nothing without it: whoever stands in between could take the offer away. */
  async #secure(features: XmlElement): Promise<void> {
    const stream = this.#stream
    const { source, trust } = this.#settings
    if (features.getChild('starttls', NS_TLS) === undefined) {
      throw new Error(
        `the server offers no STARTTLS, or somebody in between has removed it: nothing was sent; enable TLS there, or set ${source}_tls`,
      )
    }
    this.#step('the answer to STARTTLS')
    const answer = await stream.sendLast(xml('starttls', { xmlns: NS_TLS }))
    if (!answer.is('proceed', NS_TLS)) throw new Error('the server offers STARTTLS but refuses it')
    const raw = stream.releaseSocket()
    if (raw === undefined) return
    this.#step('the TLS handshake')
    const { socket, ready: secured } = startTls(raw, tlsSettings(trust, false), failureWords(trust))
    stream.owns(socket)
    await secured
    stream._attachSocket(socket)
    this.#step('the server to open the stream under TLS')
    await stream.restart()
  }

  /** The next step begins: the one before is through. */
  #step(waitingFor: string): void {
    this.#cancel()
    this.#waitingFor = waitingFor
    this.#cancel = this.#settings.clock.after(STEP, () => this.#stream.fail(tooLate(STEP, waitingFor)))
  }
}
