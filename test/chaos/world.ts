// Everybody and everything of the chaos test: two real servers, the links to them, the daemon, people, scribes and watchers.
import { PresenceClient, type PresenceDocument, type WatchChoice } from '../../src/client/index.ts'
import type { ConfigLines, Daemon } from '../support/daemon.ts'
import { startDaemon } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { startInspircd } from '../support/inspircd.ts'
import type { IrcServer } from '../support/irc-server.ts'
import { ircConfig } from '../support/irc-suite.ts'
import { startProsody } from '../support/prosody.ts'
import { startProxy, type TcpProxy } from '../support/proxy.ts'
import type { XmppServer } from '../support/xmpp-server.ts'
import { xmppConfig } from '../support/xmpp-suite.ts'
import type { Part, Source } from './plan.ts'
import { Gate, type Role } from './role.ts'
import { Scribe } from './scribe.ts'
import { IrcRole, type ServerRole, XmppRole } from './server-roles.ts'
import { DOMAIN, GRACE, LAPSE, ORDER, OTHER_DOMAIN, PING_INTERVAL } from './settings.ts'
import { ChaosWatcher } from './watcher.ts'
import { ManualRole, SpreedRole, type Way } from './web-roles.ts'

/** What is undone in the end, as with the context of a test. */
export interface CleanUp {
  after(cleanUp: () => unknown): void
}

export interface World {
  readonly daemon: Daemon
  /** The web clients and half of the watchers reach the daemon directly, the others through this. */
  readonly front: TcpProxy
  readonly servers: Readonly<Record<'xmpp' | 'irc', Hosted>>
  readonly roles: readonly Role[]
  readonly scribes: readonly Scribe[]
  /** Nobody watches before. */
  watch(): readonly Watching[]
  /** From when on the grace of a source may be over. */
  readonly outages: Map<Source, number>
  /** As it is to be now: who is followed on IRC may have changed. */
  config(): ConfigLines
  everybody(): Promise<ReadonlyMap<string, PresenceDocument>>
  /** Resolves at the next event that any watcher is told. */
  nextEvent(): Promise<void>
}

export interface Watching {
  readonly watcher: ChaosWatcher
  wants(person: string): boolean
}

/** A server, the daemon's link to it, and the people there. */
export interface Hosted {
  readonly server: XmppServer | IrcServer
  readonly link: TcpProxy
  readonly gate: Gate
  readonly people: readonly (ServerRole & Role)[]
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)
const local = (number: number): string => `p${String(number).padStart(2, '0')}`
const person = (number: number): string => `${local(number)}@${DOMAIN}`
const stranger = (number: number): string => `w${number}@${OTHER_DOMAIN}`

/** 12 on XMPP (four of them with two devices), 8 on IRC, 12 in web clients (four with two tabs), 6 who say it themselves. */
export const PARTS: readonly Part[] = [
  ...numbers(0, 12).map((number): Part => {
    return { person: person(number), source: 'xmpp', devices: number % 3 === 0 ? ['desk', 'phone'] : ['desk'] }
  }),
  ...numbers(4, 12).map((number): Part => ({ person: person(number), source: 'irc', devices: ['nick'] })),
  ...numbers(6, 12).map((number): Part => {
    return { person: person(number), source: 'spreed', devices: number % 3 === 0 ? ['desk', 'phone'] : ['desk'] }
  }),
  ...numbers(0, 6).map((number): Part => {
    return { person: stranger(number), source: 'spreed', devices: number % 3 === 0 ? ['desk', 'phone'] : ['desk'] }
  }),
  ...numbers(8, 12).map((number): Part => ({ person: person(number), source: 'manual', devices: ['own'] })),
  ...numbers(4, 6).map((number): Part => ({ person: stranger(number), source: 'manual', devices: ['own'] })),
]

export async function createWorld(cleanUp: CleanUp): Promise<World> {
  const after = (undo: () => unknown): void => cleanUp.after(undo)
  const prosody = await startProsody({ users: numbers(0, 12).map(local) })
  after(() => prosody.stop())
  const inspircd = await startInspircd()
  after(() => inspircd.stop())
  const [xmppLink, ircLink] = [await startProxy(prosody.port), await startProxy(inspircd.tlsPort)]
  const server_port = await freePort()
  const fixed: ConfigLines = {
    ...{ server_port, plugins: ORDER.join(' '), spreed_auto_unavailable: LAPSE / 60 },
    ...xmppConfig(prosody, xmppLink.port, { xmpp_ping_interval: PING_INTERVAL, xmpp_grace: GRACE }),
    ...ircConfig(inspircd, { port: ircLink.port, grace: GRACE, poll_interval: 30 }),
  }
  const gates = { xmpp: new Gate(), irc: new Gate() }
  const ircPeople = numbers(4, 12).map((number) => new IrcRole(inspircd, gates.irc, person(number), `n${number}`))
  const config = (): ConfigLines => ({ ...fixed, irc_user_map: ircPeople.map(({ entry }) => entry).join(' ') })
  const daemon = await startDaemon({ config: config() })
  after(() => daemon.stop())
  const front = await startProxy(server_port)
  const way: Way = { url: daemon.url, token: (user) => daemon.token(user) }
  const roles = PARTS.flatMap(({ person: who, source, devices }): Role[] => {
    if (source === 'xmpp') return [new XmppRole(prosody, gates.xmpp, who, devices)]
    if (source === 'irc') return ircPeople.filter((role) => role.person === who)
    return [source === 'spreed' ? new SpreedRole(way, who, devices) : new ManualRole(way, who)]
  })
  const scribes = [
    ...numbers(0, 3).map((number) => new Scribe(way, `scribe${number}@${OTHER_DOMAIN}`, 'manual')),
    new Scribe(way, `scribe3@${OTHER_DOMAIN}`, 'spreed'),
  ]
  const all = [...roles, ...scribes]
  for (const role of all) after(() => role.end())
  const xmppPeople = roles.filter((role) => role instanceof XmppRole)
  const outages = new Map<Source, number>()
  let wake = (): void => {}
  const watch = () =>
    choices().map(({ name, choice, wants, direct }): Watching => {
      const through = direct ? way : { ...way, url: `http://127.0.0.1:${front.port}` }
      const watcher = new ChaosWatcher({ name, way: through, choice, roles: all, outages }, () => wake())
      after(() => watcher.stop())
      return { watcher, wants }
    })
  for (const link of [front, xmppLink, ircLink]) after(() => link.close())
  const reader = new PresenceClient({ url: daemon.url, token: () => daemon.token() })
  const users = [...new Set(all.map(({ person: who }) => who))]
  return {
    ...{ daemon, front, roles, scribes, watch, outages, config },
    servers: {
      xmpp: { server: prosody, link: xmppLink, gate: gates.xmpp, people: xmppPeople },
      irc: { server: inspircd, link: ircLink, gate: gates.irc, people: ircPeople },
    },
    async everybody() {
      const documents = await reader.getMany(users)
      return new Map(documents.map((document) => [document.user_id, document]))
    },
    nextEvent: () => new Promise((resolve) => (wake = resolve)),
  }
}

interface Choice {
  readonly name: string
  readonly choice: WatchChoice
  readonly direct: boolean
  wants(person: string): boolean
}

/** Two of everybody, two of a domain, two of a list; one of each where the connection can be cut. */
function choices(): Choice[] {
  const list = [2, 5, 8, 11].map(person).concat(stranger(0))
  return [true, false].flatMap((direct): Choice[] => {
    const where = direct ? 'directly' : 'through the proxy'
    return [
      { name: `who watches everybody ${where}`, choice: undefined, direct, wants: () => true },
      {
        ...{ name: `who watches a domain ${where}`, choice: { domain: DOMAIN }, direct },
        wants: (who) => who.endsWith(`@${DOMAIN}`),
      },
      { name: `who watches a list ${where}`, choice: list, direct, wants: (who) => list.includes(who) },
    ]
  })
}
