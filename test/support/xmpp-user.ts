// A person's XMPP client for tests: one resource over plain TCP, speaking raw XML so that a test can say anything.
import { connect, type Socket } from 'node:net'
import { PASSWORD, type XmppServer } from './xmpp-server.ts'

export interface LoginOptions {
  readonly resource?: string
  readonly password?: string
  readonly domain?: string
}

/** One `<status>`, with the language of its xml:lang. */
export interface StatusText {
  readonly text: string
  readonly lang?: string
}

export interface PresenceOptions {
  readonly show?: string
  readonly status?: string | readonly StatusText[]
  readonly priority?: number
  readonly type?: string
  readonly to?: string
  /** The stamp of an XEP-0203 delay. */
  readonly delay?: string
}

/** How long a test waits for anything from a server, in milliseconds. */
const PATIENCE = 10_000

export class XmppUser {
  readonly bareJid: string
  /** As the server bound it. */
  fullJid = ''
  readonly #socket: Socket
  #received = ''
  #wake = () => {}
  #counter = 0

  private constructor(socket: Socket, bareJid: string) {
    this.#socket = socket
    this.bareJid = bareJid
    socket.setEncoding('utf8').setNoDelay(true)
    socket.on('data', (text: string) => {
      this.#received += text
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => this.#wake())
  }

  /** Logs in and binds the resource; sends no presence yet. */
  static async login(
    server: Pick<XmppServer, 'host' | 'port' | 'domain'>,
    name: string,
    options: LoginOptions = {},
  ): Promise<XmppUser> {
    const { resource = 'desk', password = PASSWORD, domain = server.domain } = options
    const user = new XmppUser(connect(server.port, server.host), `${name}@${domain}`)
    await user.#open(domain)
    const credentials = Buffer.from(`\0${name}\0${password}`).toString('base64')
    user.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${credentials}</auth>`)
    await user.received(/<success/)
    await user.#open(domain)
    const bound = await user.request(
      'set',
      `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${escaped(resource)}</resource></bind>`,
    )
    user.fullJid = /<jid>(.*?)<\/jid>/.exec(bound)?.[1] ?? ''
    // Some servers offer the session of RFC 3921 and miss it when it isn't asked for.
    await user.request('set', '<session xmlns="urn:ietf:params:xml:ns:xmpp-session"/>')
    user.#received = ''
    return user
  }

  /** Makes the account as a client does (XEP-0077). */
  static async register(server: Pick<XmppServer, 'host' | 'port' | 'domain'>, name: string): Promise<void> {
    const user = new XmppUser(connect(server.port, server.host), `${name}@${server.domain}`)
    await user.#open(server.domain)
    const account = `<username>${escaped(name)}</username><password>${escaped(PASSWORD)}</password>`
    const answer = await user.request('set', `<query xmlns="jabber:iq:register">${account}</query>`)
    await user.close()
    if (!/type=['"]result['"]/.test(answer)) throw new Error(`${name} could not register: ${answer}`)
  }

  async #open(domain: string): Promise<void> {
    this.#received = ''
    this.send(
      `<?xml version="1.0"?><stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="${domain}" version="1.0">`,
    )
    await this.received(/<\/stream:features>/)
  }

  /** Sends XML as it is. */
  send(xml: string): void {
    this.#socket.write(xml)
  }

  presence(options: PresenceOptions = {}): void {
    const { show, status = [], priority, type, to, delay } = options
    const attributes = Object.entries({ type, to }).flatMap(([name, value]) =>
      value === undefined ? [] : [` ${name}="${escaped(value)}"`],
    )
    const statuses = typeof status === 'string' ? [{ text: status }] : status
    const children = [
      show === undefined ? '' : `<show>${escaped(show)}</show>`,
      ...statuses.map(
        ({ text, lang }) => `<status${lang === undefined ? '' : ` xml:lang="${lang}"`}>${escaped(text)}</status>`,
      ),
      priority === undefined ? '' : `<priority>${priority}</priority>`,
      delay === undefined ? '' : `<delay xmlns="urn:xmpp:delay" stamp="${delay}"/>`,
    ]
    this.send(`<presence${attributes.join('')}>${children.join('')}</presence>`)
  }

  /** Waits until what came since the login matches; rejects after so many milliseconds. */
  async received(pattern: RegExp, patience = PATIENCE): Promise<RegExpExecArray> {
    const end = performance.now() + patience
    for (;;) {
      const match = pattern.exec(this.#received)
      if (match !== null) return match
      const left = end - performance.now()
      if (left <= 0 || this.#socket.destroyed) {
        throw new Error(`${this.bareJid}: nothing like ${pattern} came, but:\n${this.#received.slice(-2000)}`)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Sends an iq and resolves with the server's answer, whether a result or an error. */
  async request(type: 'get' | 'set', content: string, to?: string): Promise<string> {
    this.#counter += 1
    const id = `test${this.#counter}`
    this.send(`<iq type="${type}" id="${id}"${to === undefined ? '' : ` to="${escaped(to)}"`}>${content}</iq>`)
    const answer = new RegExp(`<iq(?=[^>]*\\bid=["']${id}["'])[^>]*(?:/>|>.*?</iq>)`, 's')
    return (await this.received(answer))[0]
  }

  /** Resolves when the server has worked through everything that was sent before. */
  async settled(): Promise<void> {
    await this.request('get', '<ping xmlns="urn:xmpp:ping"/>', this.bareJid.split('@')[1])
  }

  /** Enters a room (XEP-0045); one that is made on the way is opened for others. */
  async joinRoom(room: string, nick: string): Promise<void> {
    this.send(`<presence to="${escaped(`${room}/${nick}`)}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`)
    const [joined] = await this.received(/<presence(?:(?!<\/presence>).)*code=["']110["'].*?<\/presence>/s)
    if (!/code=["']201["']/.test(joined)) return
    const defaults = '<x xmlns="jabber:x:data" type="submit"/>'
    await this.request('set', `<query xmlns="http://jabber.org/protocol/muc#owner">${defaults}</query>`, room)
  }

  /** Removes a contact from the own roster (RFC 6121, section 2.5). */
  async removeContact(jid: string): Promise<void> {
    await this.request(
      'set',
      `<query xmlns="jabber:iq:roster"><item jid="${escaped(jid)}" subscription="remove"/></query>`,
    )
  }

  /** Leaves politely. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return
    const closed = new Promise((resolve) => this.#socket.once('close', resolve))
    this.#socket.end('</stream:stream>')
    await closed
  }

  /** The device dies: the connection breaks without a word. */
  kill(): void {
    this.#socket.resetAndDestroy()
  }
}

/** Text for XML content and attributes. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
