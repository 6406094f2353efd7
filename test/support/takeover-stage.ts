// Several daemons on one Redis and one Prosody: who runs the collector, what watchers are told, how many sessions the bot has.
import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { PresenceClient } from '../../src/client/index.ts'
import { CleanUps } from './clean-ups.ts'
import { type ConfigLines, type Daemon, startDaemon } from './daemon.ts'
import { startProsody } from './prosody.ts'
import { type RedisServer, startRedis } from './redis.ts'
import { until } from './until.ts'
import { BOT, type XmppServer } from './xmpp-server.ts'
import { online, xmppConfig } from './xmpp-suite.ts'

/** In milliseconds; on a machine that is busy with other tests. */
const PATIENCE = 30_000

/** What somebody who watches one node is told of everybody, in order and without repeats. */
export class Witness {
  readonly #told = new Map<string, string[]>()
  readonly #ending = new AbortController()
  readonly #done: Promise<void>

  constructor(daemon: Daemon, users: readonly string[]) {
    const client = new PresenceClient({ url: daemon.url, token: () => daemon.token() })
    this.#done = this.#watch(client, users)
  }

  statuses(user: string): readonly string[] {
    return this.#told.get(user) ?? []
  }

  /** Resolves when it has been told of so many users. */
  async sees(count: number): Promise<void> {
    await until(() => this.#told.size >= count, this.#ending.signal)
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#done
  }

  async #watch(client: PresenceClient, users: readonly string[]): Promise<void> {
    for await (const event of client.watch(users, { signal: this.#ending.signal })) {
      if (event.type !== 'presence') continue
      const { user_id: user, status } = event.document
      const told = this.#told.get(user) ?? []
      this.#told.set(user, told)
      if (told.at(-1) !== status) told.push(status)
    }
  }
}

export class TakeoverStage {
  readonly redis: RedisServer
  readonly prosody: XmppServer
  readonly nodes: readonly Daemon[]
  readonly #cleanUps: CleanUps
  readonly #config: ConfigLines

  private constructor(
    servers: { readonly redis: RedisServer; readonly prosody: XmppServer },
    nodes: readonly Daemon[],
    config: ConfigLines,
    cleanUps: CleanUps,
  ) {
    this.redis = servers.redis
    this.prosody = servers.prosody
    this.nodes = nodes
    this.#config = config
    this.#cleanUps = cleanUps
  }

  /** So many nodes, named a, b, c; one of them has settled. */
  static async set(count: number, users: readonly string[] = []): Promise<TakeoverStage> {
    const cleanUps = new CleanUps()
    try {
      const redis = await startRedis()
      cleanUps.after(redis.stop)
      const extra = 'modules_enabled = { "presence_bot", "bound_log" }'
      const prosody = await startProsody({ users, extra })
      cleanUps.after(prosody.stop)
      const config = {
        ...xmppConfig(prosody),
        ...{ store: 'redis', redis_url: `redis://127.0.0.1:${redis.port}`, plugins: 'xmpp spreed' },
      }
      const names = ['a', 'b', 'c', 'd'].slice(0, count)
      const nodes = await Promise.all(names.map((name) => startDaemon({ config: { ...config, node_name: name } })))
      for (const node of nodes) cleanUps.after(() => node.stop())
      const stage = new TakeoverStage({ redis, prosody }, nodes, config, cleanUps)
      await stage.holder(nodes)
      return stage
    } catch (error) {
      await cleanUps.run()
      throw error
    }
  }

  stop(): Promise<void> {
    return this.#cleanUps.run()
  }

  async online(name: string, show?: string) {
    const user = await online(this.prosody, name, show === undefined ? {} : { show })
    this.#cleanUps.after(() => user.kill())
    return user
  }

  witness(node: Daemon, users: readonly string[]): Witness {
    const witness = new Witness(node, users)
    this.#cleanUps.after(() => witness.stop())
    return witness
  }

  /** Which of these nodes runs the collector and has settled; the others say so too. */
  async holder(nodes: readonly Daemon[]): Promise<Daemon> {
    const states = async () => Promise.all(nodes.map(async (node) => await sourceOf(node)))
    const [first] = nodes
    assert.ok(first)
    const said = await first.until(
      states,
      (all) => {
        const holder = all.findIndex(({ state }) => state === 'settled')
        const name = this.#nameOf(nodes[holder])
        return all.every(
          ({ state, detail }, index) =>
            index === holder || (state === 'standby' && detail.startsWith(`run by node ${name}, settled: `)),
        )
      },
      PATIENCE,
    )
    const holder = nodes[said.findIndex(({ state }) => state === 'settled')]
    return holder ?? assert.fail('nobody')
  }

  /** How long it takes, in milliseconds, until one of these nodes has settled. */
  async settledAgain(nodes: readonly Daemon[]): Promise<number> {
    const began = performance.now()
    const [first] = nodes
    assert.ok(first)
    const states = () => Promise.all(nodes.map((node) => sourceOf(node)))
    await first.until(states, (all) => all.some(({ state }) => state === 'settled'), PATIENCE)
    return performance.now() - began
  }

  /** Starts a node again that was ended. */
  async again(node: Daemon): Promise<void> {
    node.configure({ ...this.#config, node_name: this.#nameOf(node) })
    await node.start()
  }

  /** How many sessions the bot had, after each change of that; as the server says. */
  sessions(): readonly number[] {
    const pattern = new RegExp(`bound ${BOT}@${this.prosody.domain} (\\d+)$`)
    return this.prosody
      .log()
      .split('\n')
      .flatMap((line) => {
        const count = pattern.exec(line)?.[1]
        return count === undefined ? [] : [Number(count)]
      })
  }

  #nameOf(node: Daemon | undefined): string {
    return node === undefined ? '' : (['a', 'b', 'c', 'd'][this.nodes.indexOf(node)] ?? '')
  }
}

async function sourceOf(node: Daemon): Promise<{ readonly state: string; readonly detail: string }> {
  const found = (await node.sources()).find(({ name }) => name === 'xmpp')
  return found ?? assert.fail('there is no source xmpp')
}
