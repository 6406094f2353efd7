// Real Redis servers in tests: one alone, one with a replica under a Sentinel, and a Cluster.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToEnd, startChild } from './children.ts'
import { freePort } from './free-port.ts'
import { ServerProcess } from './server-process.ts'
import { until } from './until.ts'

export interface RedisServer extends ServerProcess {
  readonly port: number
  /** Of a Unix socket on which it listens as well. */
  readonly socket: string
  readonly folder: string
  /** What redis-cli prints for a command. */
  cli(...command: string[]): Promise<string>
}

/** An empty server, which keeps what it is told over an end of its process; `settings` are those of redis.conf. */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-redis-'))
  const port = await freePort()
  const socket = join(folder, 'redis.sock')
  const all = {
    ...{ port: String(port), bind: '127.0.0.1', dir: folder, unixsocket: socket },
    ...{ appendonly: 'yes', appendfsync: 'everysec', save: '' },
    ...settings,
  }
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])
  const launch = () => startChild('redis-server', args)
  const server = new ServerProcess(folder, launch, async (child) => {
    await child.waitForLine(/Ready to accept connections/)
  })
  await server.start()
  const cli = (...command: string[]) => runToEnd('redis-cli', ['-p', String(port), ...command])
  return Object.assign(server, { port, socket, folder, cli })
}

export interface SentinelSet {
  readonly url: string
  readonly master: RedisServer
  readonly replica: RedisServer
  readonly sentinel: ServerProcess
  stop(): Promise<void>
}

/** A master and its replica; the Sentinel makes the replica the master when that one is silent for half a second. */
export async function startSentinelSet(): Promise<SentinelSet> {
  const master = await startRedis()
  const replica = await startRedis({ replicaof: `127.0.0.1 ${master.port}` })
  const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-sentinel-'))
  const [port, nobody] = [await freePort(), await freePort()]
  const file = join(folder, 'sentinel.conf')
  const lines = [
    ...[`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`],
    `sentinel monitor presence 127.0.0.1 ${master.port} 1`,
    ...['sentinel down-after-milliseconds presence 500', 'sentinel failover-timeout presence 2000'],
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  const sentinel = new ServerProcess(
    folder,
    () => startChild('redis-server', [file, '--sentinel']),
    async (child) => {
      await child.waitForLine(/\+slave slave/)
    },
  )
  await until(async () => (await replica.cli('info', 'replication')).includes('master_link_status:up'))
  await until(async () => (await master.cli('info', 'replication')).includes('state=online'))
  await sentinel.start()
  return {
    // The first of them is not there, as one of three may be.
    url: `redis+sentinel://127.0.0.1:${nobody},127.0.0.1:${port}/presence`,
    ...{ master, replica, sentinel },
    async stop() {
      await Promise.all([sentinel.stop(), master.stop(), replica.stop()])
    },
  }
}

export interface RedisCluster {
  readonly url: string
  readonly nodes: readonly RedisServer[]
  stop(): Promise<void>
}

/** Three masters. */
export async function startCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const bus = String(await freePort())
      return await startRedis({ 'cluster-enabled': 'yes', 'cluster-port': bus, 'cluster-node-timeout': '2000' })
    }),
  )
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  await runToEnd('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'])
  for (const node of nodes) await until(async () => (await node.cli('cluster', 'info')).includes('cluster_state:ok'))
  return {
    url: `redis+cluster://${addresses.join()}`,
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}
