// One XMPP stream that ends exactly once, with a reason: the library's connection on a socket of ours, within bounds.
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { BoundedParser, DEPTH_LIMIT, STANZA_LIMIT, StanzaTooLong } from './bounded-parser.ts'
import { LibraryConnection, type XmlElement, type XmlParser } from './library.ts'
import { streamFailure } from './stream-errors.ts'

const NS_SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'
const NS_STREAM = 'http://etherx.jabber.org/streams'
/** The library's own time limits, in milliseconds: longer than every deadline of ours, which decide. */
const LIBRARY_PATIENCE = 600_000

export interface ClientStreamOptions {
  /** The JID's domain. */
  readonly domain: string
  /** The bare JID: told to the server once TLS protects it (RFC 6120, section 4.7.1). */
  readonly account: string
  /** The name of the source, which begins its options. */
  readonly source: string
  /** How long a stanza may be, in characters, and how deep its elements nested. */
  readonly maxStanza?: number
  readonly maxDepth?: number
}

/** The connection ended without a reason in XMPP. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/** Whoever listens to the stream. A listener that throws ends the session. */
export interface StreamListener {
  /** Something came, be it a piece of an element. */
  data?(): void
  /** A complete element of any kind. */
  element?(): void
  presence?(stanza: XmlElement): void
}

export class ClientStream extends LibraryConnection {
  listener: StreamListener = {}
  readonly #options: ClientStreamOptions
  readonly #ended: PromiseWithReject
  readonly #sockets: Socket[] = []
  #over = false
  #limit: number
  /** Who waits for the next element, which is then the last one read. */
  #lastReader: ((element: XmlElement) => void) | undefined

  constructor(options: ClientStreamOptions) {
    super({ domain: options.domain, timeout: LIBRARY_PATIENCE })
    this.#options = options
    this.#limit = options.maxStanza ?? STANZA_LIMIT
    this.#ended = promiseWithReject()
    this.NS = 'jabber:client'
    this.Parser = BoundedParser
    // The library reports here whatever goes wrong in its modules; without a listener that would end the process.
    this.on('error', (error: unknown) => this.fail(asReason(error)))
    this.on('close', () => this.fail(new ConnectionLost('the server closed the stream')))
    this.on('disconnect', () => this.fail(new ConnectionLost('the connection was closed')))
  }

  /** Rejects with the reason when the stream ends; never resolves. */
  get ended(): Promise<never> {
    return this.#ended.promise
  }

  get over(): boolean {
    return this.#over
  }

  /** Ends the stream at once; only the first reason counts. */
  fail(reason: Error): void {
    if (this.#over) return
    this.#over = true
    this.listener = {}
    this._detachParser()
    this._detachSocket()
    for (const socket of this.#sockets) socket.destroy()
    this.#ended.reject(reason)
    // Whoever in the library still waits, with a timer, hears of it.
    this.emit('error', reason)
  }

  /** Takes over a socket, which is destroyed at the latest when the stream ends. */
  owns(socket: Socket): void {
    this.#sockets.push(socket)
    if (this.#over) socket.destroy()
  }

  /** The socket, no longer read, for TLS to be put on it. */
  releaseSocket(): Socket | undefined {
    const { socket } = this
    this._detachSocket()
    return socket instanceof Socket ? socket : undefined
  }

  /** What protects it: `TLSv1.3`, say. */
  get protection(): string {
    return this.socket instanceof TLSSocket ? (this.socket.getProtocol() ?? 'TLS') : 'no encryption'
  }

  /** Until when the server's certificate is valid; undefined where nothing is encrypted. */
  get certificateEnd(): Date | undefined {
    return this.socket instanceof TLSSocket ? new Date(this.socket.getPeerCertificate().valid_to) : undefined
  }

  /** How long one stanza may be, in characters. */
  set stanzaLimit(limit: number) {
    this.#limit = limit
    if (this.parser instanceof BoundedParser) this.parser.limit = limit
  }

  /**
   * Sends an element and resolves with the very next one that comes. Nothing after that is read on this parser: what stands behind a
   * STARTTLS `proceed` in the clear must never count as said under TLS.
   */
  async sendLast(element: XmlElement): Promise<XmlElement> {
    const answer = new Promise<XmlElement>((resolve) => {
      this.#lastReader = resolve
    })
    await this.send(element)
    return Promise.race([answer, this.ended])
  }

  /** Sends; a failure ends the stream, and needs no other care. */
  say(element: XmlElement): void {
    this.send(element).catch((error: unknown) => this.fail(asReason(error)))
  }

  override isSecure(): boolean {
    return this.socket instanceof TLSSocket
  }

  override header(element: XmlElement): string {
    if (this.isSecure()) element.attrs.from = this.#options.account
    return super.header(element)
  }

  override _attachSocket(socket: Duplex): void {
    // The library decodes each chunk by itself and would damage letters that are split between two.
    socket.setEncoding('utf8')
    super._attachSocket(socket)
  }

  override _attachParser(parser: XmlParser): void {
    if (parser instanceof BoundedParser) {
      parser.limit = this.#limit
      parser.depthLimit = this.#options.maxDepth ?? DEPTH_LIMIT
    }
    super._attachParser(parser)
  }

  override _onData(text: string): void {
    if (this.#over || this.parser === null) return
    this.listener.data?.()
    // The library throws here at what it can't read (an unknown entity, an address without a domain).
    try {
      this.parser.write(text)
    } catch (error) {
      const what = error instanceof StanzaTooLong ? 'a stanza that is too long' : 'XML that can not be read'
      this.fail(new Error(`the server sent ${what}: ${error instanceof Error ? error.message : String(error)}`))
    }
  }

  override _onElement(element: XmlElement): void {
    if (this.#over) return
    const reader = this.#lastReader
    if (reader !== undefined) {
      this.#lastReader = undefined
      this._detachParser()
      reader(element)
      return
    }
    this.listener.element?.()
    // Presence takes the short way: it is most of what comes. Messages are none of our business.
    if (element.name === 'presence') this.listener.presence?.(element)
    else if (element.is('error', NS_STREAM)) this.fail(streamFailure(element, this.#options))
    else if (element.name !== 'message') super._onElement(element)
    // After a login the stream begins anew (RFC 6120, section 6.4.6): what stands behind the success is not read.
    if (element.is('success', NS_SASL)) this._detachParser()
  }
}

function asReason(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  // Node's errors of sockets name the system call.
  return 'syscall' in error && 'code' in error ? new ConnectionLost(`the connection broke (${error.code})`) : error
}

interface PromiseWithReject {
  readonly promise: Promise<never>
  readonly reject: (reason: Error) => void
}

function promiseWithReject(): PromiseWithReject {
  let reject: (reason: Error) => void = () => {}
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse
  })
  promise.catch(() => {})
  return { promise, reject }
}
