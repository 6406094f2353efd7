// Everybody and everything of the test of several nodes: four daemons, one Redis, Prosody, nginx, people, scribes and watchers.
import { PresenceClient, type PresenceDocument } from '../../src/client/index.ts'
import type { Part, Source } from '../chaos/plan.ts'
import { Gate, type Role } from '../chaos/role.ts'
import { Scribe } from '../chaos/scribe.ts'
import { XmppRole } from '../chaos/server-roles.ts'
import { GRACE, LAPSE } from '../chaos/settings.ts'
import { ChaosWatcher } from '../chaos/watcher.ts'
import { ManualRole, SpreedRole, type Way } from '../chaos/web-roles.ts'
import type { CleanUp, Watching } from '../chaos/world.ts'
import { type ConfigLines, type Daemon, startDaemon } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { startNginxBefore } from '../support/nginx.ts'
import { startProsody } from '../support/prosody.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { xmppConfig } from '../support/xmpp-suite.ts'

export const NODES = 4

export interface World {
  readonly nodes: readonly Daemon[]
  readonly redis: RedisServer
  readonly roles: readonly Role[]
  readonly scribes: readonly Scribe[]
  readonly outages: Map<Source, number>
  /** Everything that Prosody has logged. */
  prosodyLog(): string
  /** Nobody watches before. */
  watch(): readonly Watching[]
  /** Everybody's document, of each node. */
  answers(): Promise<readonly ReadonlyMap<string, PresenceDocument>[]>
  nextEvent(): Promise<void>
  /** What is left of the resources of the daemon's account. */
  readonly bot: string
}

const people = ['p00', 'p01', 'p02', 'p03']

export const PARTS: readonly Part[] = [
  ...people.map((local): Part => ({ person: `${local}@example.test`, source: 'xmpp', devices: ['desk'] })),
  ...['p02', 'p03', 'w0', 'w1'].map(
    (local): Part => ({ person: `${local}@example.test`, source: 'spreed', devices: ['desk'] }),
  ),
  ...['p03', 'w1', 'w2'].map(
    (local): Part => ({ person: `${local}@example.test`, source: 'manual', devices: ['own'] }),
  ),
]

export async function createWorld(cleanUp: CleanUp): Promise<World> {
  const after = (undo: () => unknown): void => cleanUp.after(undo)
  const extra = 'modules_enabled = { "presence_bot", "bound_sessions" }'
  const [prosody, redis] = await Promise.all([startProsody({ users: people, extra }), startRedis()])
  after(() => Promise.all([prosody.stop(), redis.stop()]))
  const config: ConfigLines = {
    ...{ plugins: 'xmpp spreed manual', spreed_auto_unavailable: LAPSE / 60, server_trusted_proxies: '127.0.0.1' },
    ...{ store: 'redis', redis_url: `redis://127.0.0.1:${redis.port}` },
    ...xmppConfig(prosody, prosody.port, { xmpp_grace: GRACE }),
  }
  const nodes = await Promise.all(
    Array.from({ length: NODES }, async (_, index) => {
      const own = { node_name: `node-${index}`, server_port: await freePort() }
      const node = await startDaemon({ config: { ...config, ...own } })
      after(() => node.stop())
      return node
    }),
  )
  const urls = nodes.map(({ url }) => url)
  const nginx = await startNginxBefore(cleanUp, urls)
  const token = (user: string): string => nodes[0]?.token(user) ?? ''
  const way: Way = { url: `${nginx.url}/presence`, token }
  const gate = new Gate()
  const roles = PARTS.map(({ person, source, devices }): Role => {
    if (source === 'xmpp') return new XmppRole(prosody, gate, person, devices)
    return source === 'spreed' ? new SpreedRole(way, person, devices) : new ManualRole(way, person)
  })
  const scribes = [0, 1, 2, 3].map((number) => new Scribe(way, `scribe${number}@example.test`, 'manual'))
  const all = [...roles, ...scribes]
  for (const role of all) after(() => role.end())
  const outages = new Map<Source, number>()
  let wake = (): void => {}
  const users = [...new Set(all.map(({ person }) => person))]
  const readers = urls.map((url) => new PresenceClient({ url, token: () => token('tests@example.test') }))
  return {
    ...{ nodes, redis, roles, scribes, outages, bot: prosody.botJid.split('@')[0] ?? '' },
    prosodyLog: prosody.log,
    watch: () =>
      [way, way, ...urls.map((url): Way => ({ url, token }))].map((path, index) => {
        const name = index < 2 ? `watcher ${index} through nginx` : `the watcher of node ${index - 2}`
        const parts = { name, way: path, choice: index % 2 === 0 ? undefined : users, roles: all, outages }
        const watcher = new ChaosWatcher(parts, () => wake())
        after(() => watcher.stop())
        return { watcher, wants: () => true }
      }),
    answers: () =>
      Promise.all(
        readers.map(async (reader) => {
          const documents = await reader.getMany(users)
          return new Map(documents.map((document) => [document.user_id, document]))
        }),
      ),
    nextEvent: () => new Promise((resolve) => (wake = resolve)),
  }
}
