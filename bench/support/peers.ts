// Other servers that know who is there, from Debian's packages and each over its own interface: Prosody, ejabberd, and Redis behind Node.
import { startEjabberd } from '../../test/support/ejabberd.ts'
import { freePort } from '../../test/support/free-port.ts'
import { inParallel } from '../../test/support/in-parallel.ts'
import { startProsody } from '../../test/support/prosody.ts'
import { startRedis } from '../../test/support/redis.ts'
import type { XmppServer } from '../../test/support/xmpp-server.ts'
import { online } from '../../test/support/xmpp-suite.ts'
import { FOR_SERVERS } from './cores.ts'
import type { Asking, Measurable } from './rounds.ts'
import { startFront } from './servers.ts'

/** Users as everybody gets them. */
export interface Person {
  readonly name: string
  readonly away: boolean
  readonly message: string
}

export interface Peer {
  readonly server: Measurable
  /** So many users in a request; more than one only where it can. */
  readonly sizes: readonly number[]
  /** A request for each group of users. */
  ask(groups: readonly (readonly Person[])[]): Omit<Asking, 'connections'>
  stop(): Promise<void>
}

export interface PeerKind {
  readonly name: string
  /** Debian's packages, and a command that succeeds where they are. */
  readonly packages: string
  readonly isThere: string
  start(people: readonly Person[]): Promise<Peer>
}

export const DOMAIN = 'example.test'

export const PEERS: readonly PeerKind[] = [
  {
    name: "Prosody's mod_webpresence",
    packages: 'prosody and prosody-modules',
    isThere: 'command -v prosody && test -e /usr/lib/prosody/modules/mod_webpresence',
    async start(people) {
      const port = await freePort()
      const server = await startProsody({
        users: people.map(({ name }) => name),
        global: `http_ports = { ${port} }\nhttp_interfaces = { "127.0.0.1" }\nhttps_ports = { }\nhttp_default_host = "${DOMAIN}"`,
        extra: 'modules_enabled = { "presence_bot", "webpresence" }',
      })
      await everybodyOnline(server, people)
      const path = ({ name }: Person): string => `/status/${name}@${DOMAIN}/json`
      return {
        server: { url: `http://127.0.0.1:${port}`, pids: [server.pid] },
        sizes: [1],
        ask: (groups) => ({ method: 'GET', bodies: groups.flat().map((one) => ({ path: path(one), body: '' })) }),
        stop: server.stop,
      }
    },
  },
  {
    name: "ejabberd's get_presence",
    packages: 'ejabberd',
    isThere: 'command -v erl && command -v ejabberdctl',
    async start(people) {
      const server = await startEjabberd({ users: people.map(({ name }) => name), withoutGroups: true })
      await everybodyOnline(server, people)
      const body = ({ name }: Person): string => JSON.stringify({ user: name, host: DOMAIN })
      const path = '/api/get_presence'
      return {
        server: { url: `http://127.0.0.1:${server.apiPort}`, pids: [server.pid] },
        sizes: [1],
        ask: (groups) => ({ method: 'POST', bodies: groups.flat().map((one) => ({ path, body: body(one) })) }),
        stop: server.stop,
      }
    },
  },
  {
    name: 'Redis behind Node',
    packages: 'redis-server',
    isThere: 'command -v redis-server',
    async start(people) {
      const redis = await startRedis()
      for (const { name, away, message } of people) {
        const spreed = { status: away ? 'away' : 'available', message }
        const user_id = `${name}@${DOMAIN}`
        await redis.cli('hset', 'presence', user_id, JSON.stringify({ user_id, spreed }))
      }
      const front = await startFront({ through: FOR_SERVERS, env: { REDIS_SOCKET: redis.socket } })
      const list = (group: readonly Person[]) => group.map(({ name }) => ({ user_id: `${name}@${DOMAIN}` }))
      return {
        server: { url: front.url, pids: [front.pid, redis.pid] },
        sizes: [1, 50, 500],
        ask: (groups) => ({
          method: 'GET',
          bodies: groups.map((group) => JSON.stringify({ Type: 'UserStatus', UserStatus: list(group) })),
        }),
        async stop() {
          await front.stop()
          await redis.stop()
        },
      }
    },
  },
]

/** The connections stay open in this process. */
async function everybodyOnline(server: XmppServer, people: readonly Person[]): Promise<void> {
  await inParallel(people, 20, ({ name, away, message }) =>
    online(server, name, { status: message, ...(away ? { show: 'away' } : {}) }),
  )
}
