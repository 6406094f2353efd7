// A manager interface with a small telephone system behind it, which speaks as the recorded Asterisk does and fails on demand.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { type Lines, Link, type Split } from './asterisk-link.ts'
import { valueIn } from './asterisk-transcripts.ts'
import type { Certificates } from './certificates.ts'
import { freePort } from './free-port.ts'

/** A section of manager.conf. */
export interface ManagerUser {
  readonly name: string
  readonly secret: string
  readonly read: readonly string[]
  readonly write: readonly string[]
  /** Regular expressions; with some, an event passes that matches one of them anywhere in its whole text. */
  readonly filters: readonly string[]
}

export interface Presence {
  readonly status: string
  readonly subtype?: string
  readonly message?: string
}

export const PRESENCE_USER: ManagerUser = {
  ...{ name: 'presence', secret: 's3cret', read: ['system', 'call'], write: ['reporting'] },
  filters: ['FullyBooted', 'Shutdown', 'DeviceStateChange', 'PresenceStateChange'].map((name) => `^Event: ${name}`),
}

/** Whatever ends things later: a test's context, say. */
export interface Afterwards {
  after(end: () => Promise<void>): void
}

export interface AsteriskSetup {
  readonly user?: ManagerUser
  readonly split?: Split
  readonly certificates?: Certificates
}

export class ScriptedAsterisk {
  port = 0
  /** By extension. */
  readonly hints = new Map<string, { readonly context: string; readonly hint: string }>()
  readonly devices = new Map<string, string>()
  readonly presences = new Map<string, Presence>()
  /** Whether its modules are there. */
  booted = true
  /** Actions (or `greeting`) at which it falls silent. */
  readonly silentAt = new Set<string>()
  /** Called when the first line of a list has been written, and nothing of its items. */
  duringList: ((action: string) => void) | undefined
  /** Answers of a test's own, by action: a block without its ActionID. */
  readonly answers = new Map<string, readonly Lines[]>()
  /** Every action that came, over all connections, as its lines. */
  readonly actions: Lines[] = []
  readonly user: ManagerUser
  readonly #setup: AsteriskSetup
  readonly #links = new Set<Link>()
  #server: Server | undefined
  #statusFirst = false
  #accepted = 0
  #wake: (() => void)[] = []

  private constructor(setup: AsteriskSetup) {
    this.#setup = setup
    this.user = setup.user ?? PRESENCE_USER
  }

  /** Listens on a port of 127.0.0.1 until the test ends. */
  static async start(t: Afterwards, setup: AsteriskSetup = {}): Promise<ScriptedAsterisk> {
    const server = new ScriptedAsterisk(setup)
    server.port = await freePort()
    await server.listen()
    t.after(() => server.kill())
    return server
  }

  /** Listens (again), on the same port. */
  async listen(): Promise<void> {
    const { certificates, split = 'whole' } = this.#setup
    const accept = (socket: Socket) => {
      this.#accepted += 1
      const link = new Link(socket, split)
      this.#links.add(link)
      socket.on('close', () => this.#links.delete(link))
      link.act = (lines) => this.#act(link, lines)
      if (!this.silentAt.has('greeting')) link.send(['Asterisk Call Manager/12.0.0'])
    }
    const server =
      certificates === undefined
        ? createServer({ noDelay: true }, accept)
        : createTlsServer(
            { cert: readFileSync(certificates.certificateFile), key: readFileSync(certificates.keyFile) },
            accept,
          )
    // A client that does not trust the certificate ends the handshake.
    server.on('tlsClientError', () => {})
    this.#server = server.listen(this.port, '127.0.0.1')
    await once(server, 'listening')
  }

  get accepted(): number {
    return this.#accepted
  }

  get connections(): number {
    return this.#links.size
  }

  /** Ends as after kill -9: the connections end without a word, and nobody listens. */
  async kill(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    for (const { socket } of this.#links) socket.destroy()
    if (server !== undefined) await new Promise((resolve) => server.close(resolve))
  }

  /** `core stop now`, or `core restart now`. */
  async shutDown(restart: boolean): Promise<void> {
    const block = [
      'Event: Shutdown',
      'Privilege: system,all',
      'Shutdown: Cleanly',
      `Restart: ${restart ? 'True' : 'False'}`,
    ]
    await Promise.all(
      [...this.#links].map(async (link) => {
        link.event('system', block)
        await link.end()
      }),
    )
    await this.kill()
  }

  /** Resolves once so many actions of this name have come. */
  async received(action: string, times = 1): Promise<void> {
    while (this.count(action) < times) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }

  count(action: string): number {
    return this.actions.filter((lines) => valueIn(lines, 'Action') === action).length
  }

  /** `devstate change`, or a phone that registers, rings, is picked up: an unchanged state sends nothing. */
  device(name: string, state: string): void {
    if (this.devices.get(name) === state) return
    this.devices.set(name, state)
    this.#emit(
      ['Event: DeviceStateChange', 'Privilege: call,all', `Device: ${name}`, `State: ${state}`],
      this.#extensions(name).map((exten) => ['Event: ExtensionStatus', 'Privilege: call,all', ...this.#status(exten)]),
    )
  }

  /** `presencestate change`. */
  presence(name: string, presence: Presence): void {
    this.presences.set(name, presence)
    const { status, subtype = '', message = '' } = presence
    this.#emit(
      ['Event: PresenceStateChange', 'Privilege: call,all', ...presenceLines(name, presence)],
      // Raw: whatever stands in the message goes over the wire.
      this.#extensions(name).map((exten) => [
        ...['Event: PresenceStatus', 'Privilege: call,all', ...this.#status(exten).slice(0, 3)],
        ...[`Status: ${status}`, `Subtype: ${subtype}`, `Message: ${message}`],
      ]),
    )
  }

  /** `dialplan reload` with other hints: those that were there before send their status, removed ones nothing. */
  reload(hints: ReadonlyMap<string, { readonly context: string; readonly hint: string }>): void {
    const before = new Set(this.hints.keys())
    this.hints.clear()
    for (const [exten, hint] of hints) this.hints.set(exten, hint)
    for (const exten of this.hints.keys()) {
      if (before.has(exten)) this.#emit(['Event: ExtensionStatus', 'Privilege: call,all', ...this.#status(exten)], [])
    }
  }

  /** The modules are loaded now. */
  boot(): void {
    this.booted = true
    for (const [exten] of this.hints) {
      const status = this.#status(exten).map((line) => (line.startsWith('Hint:') ? 'Hint: ' : line))
      this.#emit(['Event: ExtensionStatus', 'Privilege: call,all', ...status], [])
    }
    for (const link of this.#links) link.event('system', fullyBooted())
  }

  /** Sends a block of a transcript to everybody who may see it, byte for byte, and takes over what it says. */
  play(block: Lines): void {
    this.learn(block)
    for (const link of this.#links) link.event(valueIn(block, 'Privilege')?.split(',')[0] ?? 'call', block)
  }

  /** Takes over what an item of a list or a change says. */
  learn(block: Lines): void {
    const value = (key: string) => valueIn(block, key) ?? ''
    if (value('Event') === 'DeviceStateChange') this.devices.set(value('Device'), value('State'))
    if (value('Event') === 'PresenceStateChange') {
      const presence = { status: value('Status'), subtype: value('Subtype'), message: value('Message') }
      this.presences.set(value('Presentity'), presence)
    }
    if (value('Event') === 'ExtensionStatus' && value('Hint') !== '') {
      this.hints.set(value('Exten'), { context: value('Context'), hint: value('Hint') })
    }
  }

  /** Bytes to everybody, whatever they are. */
  raw(bytes: string | Buffer): void {
    for (const link of this.#links) link.write(Buffer.from(bytes))
  }

  /** The main event and the one of the hint come in either order. */
  #emit(change: Lines, status: readonly Lines[]): void {
    this.#statusFirst = !this.#statusFirst
    const all = this.#statusFirst ? [...status, change] : [change, ...status]
    for (const link of this.#links) for (const block of all) link.event('call', block)
  }

  #extensions(name: string): string[] {
    return [...this.hints].flatMap(([exten, { hint }]) => (hint.split(/[&,]/).includes(name) ? [exten] : []))
  }

  #status(exten: string): string[] {
    const { context = '', hint = '' } = this.hints.get(exten) ?? {}
    return [`Exten: ${exten}`, `Context: ${context}`, `Hint: ${hint}`, 'Status: 0', 'StatusText: Idle']
  }

  #act(link: Link, lines: Lines): void {
    this.actions.push(lines)
    const waiting = this.#wake
    this.#wake = []
    for (const wake of waiting) wake()
    const action = valueIn(lines, 'Action') ?? ''
    if (this.silentAt.has(action)) return
    const id = valueIn(lines, 'ActionID')
    const answer = (response: string, ...more: readonly string[]) =>
      link.send(withId([`Response: ${response}`, ...more], id))
    const own = this.answers.get(action)
    if (own !== undefined) {
      for (const block of own) link.send(withId(block, id))
      return
    }
    if (action === 'Challenge') {
      link.challenge = String(Math.floor(Math.random() * 1e9))
      answer('Success', `Challenge: ${link.challenge}`)
    } else if (action === 'Login') this.#logIn(link, lines, answer)
    else if (action === 'Logoff') {
      answer('Goodbye', 'Message: Thanks for all the fish.')
      void link.end()
    } else if (action === 'Ping') answer('Success', 'Ping: Pong', 'Timestamp: 1795424400.000000')
    else if (action.endsWith('StateList')) this.#list(link, action, id, answer)
    else
      answer(
        'Error',
        `Message: Invalid/unknown command: ${action}. Use Action: ListCommands to show available commands.`,
      )
  }

  #logIn(link: Link, lines: Lines, answer: (response: string, ...more: string[]) => void): void {
    const { name, secret, read, filters } = this.user
    const key = createHash('md5').update(`${link.challenge}${secret}`).digest('hex')
    if (valueIn(lines, 'Username') !== name || valueIn(lines, 'Key') !== key || link.challenge === '') {
      // A real one waits for a second, too.
      setTimeout(() => {
        answer('Error', 'Message: Authentication failed')
        void link.end()
      }, 1_000)
      return
    }
    answer('Success', 'Message: Authentication accepted')
    const asked = valueIn(lines, 'Events')?.split(',') ?? [...read]
    link.classes = new Set(read.filter((kind) => asked.includes(kind)))
    // As a login answers it, not as an event: no filter stands in its way.
    if (this.booted && link.classes.has('system')) link.send(fullyBooted())
    link.filters = filters.map((filter) => new RegExp(filter, 's'))
    link.writes = new Set(this.user.write)
  }

  #list(
    link: Link,
    action: string,
    id: string | undefined,
    answer: (response: string, ...more: string[]) => void,
  ): void {
    if (!link.writes.has('reporting')) {
      answer('Error', 'Message: Permission denied')
      return
    }
    if (!this.booted && action !== 'ExtensionStateList') {
      answer(
        'Error',
        `Message: Invalid/unknown command: ${action}. Use Action: ListCommands to show available commands.`,
      )
      return
    }
    // What it answers with is read at once; what happens on the way comes as events.
    const items = this.#items(action)
    link.send(withId(['Response: Success', 'EventList: start', `Message: ${LISTS.get(action)} will follow`], id))
    this.duringList?.(action)
    for (const item of items) link.send(withId(item, id))
    link.send(withId([`Event: ${action}Complete`, 'EventList: Complete', `ListItems: ${items.length}`], id))
  }

  #items(action: string): Lines[] {
    if (action === 'DeviceStateList') {
      return [...this.devices].map(([name, state]) => [
        'Event: DeviceStateChange',
        `Device: ${name}`,
        `State: ${state}`,
      ])
    }
    if (action === 'PresenceStateList') {
      return [...this.presences].map(([name, presence]) => [
        'Event: PresenceStateChange',
        ...presenceLines(name, presence),
      ])
    }
    return this.booted ? [...this.hints.keys()].map((exten) => ['Event: ExtensionStatus', ...this.#status(exten)]) : []
  }
}

const LISTS: ReadonlyMap<string, string> = new Map([
  ['DeviceStateList', 'Device State Changes'],
  ['ExtensionStateList', 'Extension Statuses'],
  ['PresenceStateList', 'Presence State Changes'],
])

function fullyBooted(): string[] {
  return ['Event: FullyBooted', 'Privilege: system,all', 'Uptime: 1', 'LastReload: 1', 'Status: Fully Booted']
}

/** The ActionID stands behind the first line. */
function withId([first = '', ...rest]: Lines, id: string | undefined): string[] {
  return id === undefined ? [first, ...rest] : [first, `ActionID: ${id}`, ...rest]
}

function presenceLines(name: string, { status, subtype = '', message = '' }: Presence): string[] {
  return [`Presentity: ${name}`, `Status: ${status}`, `Subtype: ${escaped(subtype)}`, `Message: ${escaped(message)}`]
}

const ESCAPES: readonly (readonly [string, string])[] = [
  ...[['\\', '\\\\'] as const, ['\r', '\\r'] as const, ['\n', '\\n'] as const, ['\t', '\\t'] as const],
  ...["'", '"', '?'].map((letter) => [letter, `\\${letter}`] as const),
]

function escaped(text: string): string {
  return ESCAPES.reduce((done, [letter, code]) => done.replaceAll(letter, code), text)
}
