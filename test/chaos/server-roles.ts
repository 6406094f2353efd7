// People on the two servers: what they say there, and how they come back when their server does.
import type { IrcServer } from '../support/irc-server.ts'
import { IrcUser } from '../support/irc-user.ts'
import type { XmppServer } from '../support/xmpp-server.ts'
import { XmppUser } from '../support/xmpp-user.ts'
import type { State } from './history.ts'
import type { Action } from './plan.ts'
import { type Gate, GONE, NOTHING, Role } from './role.ts'

export interface ServerRole extends Role {
  /** The server is about to die; `seen`: the daemon may see that nobody is there. */
  lose(seen: boolean): void
  /** The server is there again, and so is whoever was on it. */
  comeBack(): Promise<void>
}

interface Device {
  status: Action['status']
  message: string
  /** Not on the server, though meant to be, while it has lost its people. */
  lost: boolean
  user: XmppUser | undefined
}

const SHOW = { available: undefined, busy: 'dnd', away: 'away' } as const

/** The first device has the highest priority. */
export class XmppRole extends Role implements ServerRole {
  readonly #server: XmppServer
  readonly #gate: Gate
  readonly #names: readonly string[]
  readonly #devices = new Map<string, Device>()

  constructor(server: XmppServer, gate: Gate, person: string, devices: readonly string[]) {
    super(person, 'xmpp', GONE)
    this.#server = server
    this.#gate = gate
    this.#names = devices
  }

  expected(): State {
    for (const name of this.#names) {
      const device = this.#devices.get(name)
      if (device !== undefined && !device.lost) return `${device.status}: ${device.message}`
    }
    return GONE
  }

  async act({ verb, device: name, status, message }: Action): Promise<void> {
    await this.#gate.passed()
    if (verb === 'comes') {
      const device: Device = { status, message, lost: false, user: await this.#login(name) }
      this.#devices.set(name, device)
      this.note()
      await this.#speak(name, device)
      return
    }
    const device = this.#devices.get(name)
    if (device === undefined) throw new Error(`${this.person} is not there with ${name}`)
    if (verb === 'says') {
      Object.assign(device, { status, message })
      this.note()
      await this.#speak(name, device)
      return
    }
    this.#devices.delete(name)
    this.note()
    if (verb === 'vanishes') device.user?.kill()
    else await device.user?.close()
  }

  lose(seen: boolean): void {
    if (!seen) return
    // One after the other, in whichever order: until the last has gone another one may speak.
    for (const name of this.#names) {
      const device = this.#devices.get(name)
      if (device !== undefined) device.lost = true
      this.note()
    }
  }

  async comeBack(): Promise<void> {
    for (const [name, device] of this.#devices) {
      device.user?.kill()
      device.user = await this.#login(name)
      device.lost = false
      this.note()
      await this.#speak(name, device)
    }
  }

  end(): void {
    for (const { user } of this.#devices.values()) user?.kill()
  }

  #login(resource: string): Promise<XmppUser> {
    return XmppUser.login(this.#server, this.person.split('@')[0] ?? '', { resource })
  }

  async #speak(name: string, { status, message, user }: Device): Promise<void> {
    const show = SHOW[status]
    const priority = this.#names.length - this.#names.indexOf(name)
    user?.presence({ status: message, priority, ...(show === undefined ? {} : { show }) })
    await user?.settled()
  }
}

/** On IRC only whoever is away has a text; one with the word "busy" is busy. */
export class IrcRole extends Role implements ServerRole {
  readonly #server: IrcServer
  readonly #gate: Gate
  readonly #nick: string
  /** Undefined: not there; empty: not away. */
  #text: string | undefined
  #lost = false
  #followed = true
  #user: IrcUser | undefined

  constructor(server: IrcServer, gate: Gate, person: string, nick: string) {
    super(person, 'irc', GONE)
    this.#server = server
    this.#gate = gate
    this.#nick = nick
  }

  /** The entry of `irc_user_map`; none while the daemon is not to follow the nick. */
  get entry(): string {
    return this.#followed ? `${this.#nick}=${this.person}` : ''
  }

  get followed(): boolean {
    return this.#followed
  }

  follow(followed: boolean): void {
    this.#followed = followed
    this.note()
  }

  expected(): State {
    if (!this.#followed) return NOTHING
    if (this.#text === undefined || this.#lost) return GONE
    if (this.#text === '') return 'available: '
    return `${this.#text.startsWith('busy') ? 'busy' : 'away'}: ${this.#text}`
  }

  async act({ verb, status, message }: Action): Promise<void> {
    await this.#gate.passed()
    const text = status === 'available' ? '' : message
    if (verb === 'comes') return this.#come(text)
    if (verb === 'says') return this.#say(text)
    this.#text = undefined
    this.note()
    const user = this.#user
    this.#user = undefined
    if (verb === 'vanishes') user?.kill()
    else await user?.quit()
  }

  lose(seen: boolean): void {
    this.#lost = seen
    this.note()
  }

  async comeBack(): Promise<void> {
    const [text, seen] = [this.#text, this.#lost]
    this.#user?.kill()
    this.#lost = false
    if (text === undefined) return
    if (seen) return this.#come(text)
    // Nobody looks until the text is there as well.
    this.#user = await IrcUser.login(this.#server.port, this.#nick)
    if (text !== '') await this.#user.ask(`AWAY :${text}`, / 306 /)
  }

  end(): void {
    this.#user?.kill()
  }

  async #come(text: string): Promise<void> {
    this.#text = ''
    this.note()
    this.#user = await IrcUser.login(this.#server.port, this.#nick)
    if (text !== '') await this.#say(text)
  }

  async #say(text: string): Promise<void> {
    const before = this.#text
    this.#text = text
    this.note()
    if (text === before) return
    if (text === '') await this.#user?.ask('AWAY', / 305 /)
    else await this.#user?.ask(`AWAY :${text}`, / 306 /)
  }
}
