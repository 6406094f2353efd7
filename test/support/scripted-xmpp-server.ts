// An XMPP server that follows a test's script, for what no real server does: strips, stalls, lies and floods.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Certificates } from './certificates.ts'
import type { Undoing } from './clean-ups.ts'

const STREAM =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='example.test' id='1' version='1.0'>"
const NS_SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'
/** How long a script waits for the client before it fails, in milliseconds. */
const PATIENCE = 5_000

export const STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
export const BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"

/** The feature that offers these SASL mechanisms. */
export function mechanisms(...names: string[]): string {
  return `<mechanisms xmlns='${NS_SASL}'>${names.map((name) => `<mechanism>${name}</mechanism>`).join('')}</mechanisms>`
}

/** A SASL element with a text in base64. */
export function sasl(name: 'challenge' | 'success', text = ''): string {
  return `<${name} xmlns='${NS_SASL}'>${Buffer.from(text).toString('base64')}</${name}>`
}

/** The server's end of one connection. */
export class Peer {
  #socket: Socket
  /** Everything that came and was not yet waited for. */
  #received = ''
  #wake = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    this.#listen()
  }

  #listen(): void {
    // Octets, one a character: TLS records are no text.
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => {
      this.#received += text
      this.#wake()
    })
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#wake())
  }

  send(xml: string): void {
    this.#socket.write(xml)
  }

  /** From now on nothing is kept: each piece that comes is told, and only that. */
  listen(listener: (text: string) => void): void {
    this.#socket.removeAllListeners('data')
    this.#received = ''
    this.#socket.on('data', listener)
  }

  /** Waits for what matches, and takes everything up to its end. */
  async receive(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#received)
      if (match !== null) {
        this.#received = this.#received.slice(match.index + match[0].length)
        return match
      }
      if (this.#socket.destroyed) throw new Error(`the client left before ${pattern}; it said ${this.#received}`)
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${pattern}, but ${this.#received}`)), PATIENCE)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Answers the opening of a stream with these features. */
  async open(features: string): Promise<void> {
    await this.receive(/<stream:stream[^>]*>/)
    this.send(`${STREAM}<stream:features>${features}</stream:features>`)
  }

  /** Everything as it should be, without TLS, until the resource is bound. */
  async login(): Promise<void> {
    await this.open(mechanisms('PLAIN'))
    await this.receive(/<auth[^>]*>[^<]*<\/auth>/)
    this.send(sasl('success'))
    await this.open(BIND)
    await this.answer(/<iq(?=[^>]*type="[gs]et")(?=[^>]*id="([^"]+)").*?xmpp-bind.*?<\/iq>/, () => {
      return "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>bot@example.test/kp</jid></bind>"
    })
  }

  /** Answers the request for the roster. */
  async roster(items: string): Promise<void> {
    await this.answer(/<iq(?=[^>]*type="[gs]et")(?=[^>]*id="([^"]+)").*?jabber:iq:roster.*?<\/iq>/, () => {
      return `<query xmlns='jabber:iq:roster'>${items}</query>`
    })
  }

  /** Waits for the own presence, then for the ping that follows it, and answers that. */
  async ping(): Promise<void> {
    await this.answer(/<iq(?=[^>]*type="[gs]et")(?=[^>]*id="([^"]+)").*?urn:xmpp:ping.*?<\/iq>/, () => '')
  }

  async answer(request: RegExp, result: () => string): Promise<void> {
    const [, id] = await this.receive(request)
    this.send(`<iq type='result' id='${id}'>${result()}</iq>`)
  }

  /** Speaks TLS from here on; resolves after the handshake. */
  async secure({ certificateFile, keyFile }: Certificates): Promise<void> {
    this.#socket.removeAllListeners('data')
    const options = { isServer: true, cert: readFileSync(certificateFile), key: readFileSync(keyFile) }
    this.#received = ''
    this.#socket = new TLSSocket(this.#socket, options)
    this.#listen()
    await once(this.#socket, 'secure')
  }

  /** Resolves when the client has closed the connection. */
  async closed(): Promise<void> {
    if (this.#socket.destroyed) return
    await new Promise((resolve) => this.#socket.once('close', resolve))
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

export interface ScriptedServer {
  readonly port: number
  /** Resolves with the end of the next connection's script; rejects as the script does. */
  finished(): Promise<void>
}

/** Listens on 127.0.0.1 until the test ends; every connection runs the script. */
export async function scriptedServer(t: Undoing, script: (peer: Peer) => Promise<void>): Promise<ScriptedServer> {
  const peers = new Set<Peer>()
  const scripts: Promise<void>[] = []
  let wake = () => {}
  const server = createServer((socket) => {
    const peer = new Peer(socket)
    peers.add(peer)
    const running = script(peer)
    running.catch(() => {})
    scripts.push(running)
    wake()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const peer of peers) peer.destroy()
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async finished() {
      if (scripts.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      await scripts.shift()
    },
  }
}
