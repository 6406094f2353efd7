// What nodes publish while Redis moves under them: a Sentinel makes the replica the master, a slot of a Cluster changes hands; and TLS.
import assert from 'node:assert/strict'
import { test as nodeTest, type TestContext } from 'node:test'
import { systemClock } from '../../../src/core/clock.ts'
import { SavingError, StoreAwayError } from '../../../src/core/errors.ts'
import { openRedisStore, type RedisOptions, type RedisStore } from '../../../src/store/redis.ts'
import { makeCertificates } from '../../support/certificates.ts'
import { freePort } from '../../support/free-port.ts'
import { Node } from '../../support/nodes.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { type RedisServer, startCluster, startRedis, startSentinelSet } from '../../support/redis.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { until } from '../../support/until.ts'

const test = (name: string, fn: (t: TestContext) => Promise<void>) => nodeTest(name, { timeout: 90_000 }, fn)

async function openNodes(t: TestContext, url: string, options: Partial<RedisOptions> = {}) {
  const open = async (name: string): Promise<Node<RedisStore>> => {
    const store = await openRedisStore({ url, prefix: 'p', log: recordedLog(), shards: 4, ...options })
    const node = await Node.start(
      store,
      name,
      systemClock(0, () => store.clockOffset),
    )
    t.after(() => node.service.close())
    return node
  }
  return { one: await open('one'), other: await open('other') }
}

/** Two nodes that publish for these users, in turns and as fast as they are answered. */
class Publishing {
  readonly refused: string[] = []
  /** Of each user: the number of the last publication that was answered with success. */
  readonly answered = new Map<string, number>()
  readonly #users: readonly string[]
  readonly #done: Promise<unknown>
  #over = false

  constructor(nodes: readonly Node<RedisStore>[], users: readonly string[]) {
    this.#users = users
    this.#done = Promise.all(users.map((user) => this.#publish(nodes, user)))
  }

  get count(): number {
    return [...this.answered.values()].reduce((sum, number) => sum + number, 0)
  }

  /** Until so many more of each user have been answered with success. */
  async goesOn(t: TestContext, more = 3): Promise<void> {
    const before = new Map(this.answered)
    const isOn = (user: string) => (this.answered.get(user) ?? 0) >= (before.get(user) ?? 0) + more
    await until(() => this.#users.every(isOn), t.signal)
  }

  async stop(): Promise<void> {
    this.#over = true
    await this.#done
  }

  /** Each node shows of everybody what was answered last. */
  async isKept(t: TestContext, nodes: readonly Node<RedisStore>[]): Promise<void> {
    await until(() => nodes.every(({ service }) => service.store.connected && service.store.complete), t.signal)
    const shows = (node: Node<RedisStore>, user: string) => node.service.read(user).sources.get('spreed')?.message
    for (const user of this.#users) {
      const last = `message ${this.answered.get(user)}`
      await until(() => nodes.every((node) => shows(node, user) === last), t.signal)
    }
  }

  async #publish(nodes: readonly Node<RedisStore>[], user: string): Promise<void> {
    for (let number = 1; !this.#over; ) {
      const node = nodes[number % nodes.length]
      try {
        await node?.publish(user, 'busy', `message ${number}`)
        this.answered.set(user, number)
        number += 1
      } catch (error) {
        assert.ok(error instanceof SavingError, String(error))
        this.refused.push(error.message)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }
}

const USERS = Array.from({ length: 12 }, (_, index) => `user ${index}`)

test('a master that dies under publications: refused meanwhile, nothing is lost that a replica had to have, all is equal after', async (t) => {
  const set = await startSentinelSet()
  t.after(set.stop)
  const { master, replica } = set
  const { one, other } = await openNodes(t, set.url, { waitReplicas: 1 })
  const publishing = new Publishing([one, other], USERS)
  t.after(() => publishing.stop())
  await publishing.goesOn(t)
  await master.kill()
  await until(async () => (await replica.cli('info', 'replication')).includes('role:master'), t.signal)
  const had = publishing.count
  await until(() => publishing.refused.some((why) => why.includes('only 0 of the 1 replicas')), t.signal)
  assert.equal(publishing.count, had, 'nothing is answered with success that no replica has')
  await master.start()
  await master.cli('replicaof', '127.0.0.1', String(replica.port))
  await publishing.goesOn(t)
  await publishing.stop()
  await publishing.isKept(t, [one, other])
})

async function idOf(node: RedisServer): Promise<string> {
  return (await node.cli('cluster', 'myid')).trim()
}

test('a slot of a Cluster that changes hands under publications: they wait or are refused, and nothing is lost', async (t) => {
  const cluster = await startCluster()
  t.after(cluster.stop)
  const { one, other } = await openNodes(t, cluster.url)
  const shard = one.store.shardOf('user 0')
  const [first] = cluster.nodes
  assert.ok(first)
  const slot = (await first.cli('cluster', 'keyslot', `{p:${shard}}:meta`)).trim()
  const publishing = new Publishing([one, other], USERS)
  t.after(() => publishing.stop())
  await publishing.goesOn(t)
  const keysAt = async (node: RedisServer): Promise<string[]> => {
    return (await node.cli('cluster', 'getkeysinslot', slot, '100')).split('\n').filter((key) => key.trim() !== '')
  }
  const lengths = await Promise.all(cluster.nodes.map(async (node) => (await keysAt(node)).length))
  const from = cluster.nodes[lengths.findIndex((length) => length > 0)]
  const to = cluster.nodes.find((node) => node !== from)
  assert.ok(from && to)
  await to.cli('cluster', 'setslot', slot, 'importing', await idOf(from))
  await from.cli('cluster', 'setslot', slot, 'migrating', await idOf(to))
  // One after the other, so that scripts find some of their keys there and some here.
  for (const key of await keysAt(from)) await from.cli('migrate', '127.0.0.1', String(to.port), key, '0', '5000')
  for (const node of [to, from, ...cluster.nodes]) await node.cli('cluster', 'setslot', slot, 'node', await idOf(to))
  await publishing.goesOn(t)
  await publishing.stop()
  assert.ok((await keysAt(to)).length > 0 && (await keysAt(from)).length === 0)
  await publishing.isKept(t, [one, other])
})

test('a Redis whose certificate is by somebody else is refused in words', async (t) => {
  const folder = temporaryFolder(t)
  const { caFile, strangerCaFile, certificateFile, keyFile } = await makeCertificates(folder, [])
  const tlsPort = await freePort()
  const tls = { 'tls-port': String(tlsPort), 'tls-cert-file': certificateFile, 'tls-key-file': keyFile }
  const redis = await startRedis({ ...tls, 'tls-ca-cert-file': caFile, 'tls-auth-clients': 'no' })
  t.after(redis.stop)
  const open = (port: number, file?: string) =>
    openRedisStore({
      ...{ url: `rediss://127.0.0.1:${port}`, prefix: 'p', log: recordedLog(), shards: 1 },
      ...(file !== undefined && { caFile: file }),
    })
  const says = (words: RegExp) => (error: Error) => {
    assert.ok(error instanceof StoreAwayError)
    assert.match(error.message, words)
    return true
  }
  const untrusted = /its certificate is not by an authority that is trusted here; let redis_ca_file name/
  await assert.rejects(open(tlsPort, strangerCaFile), says(untrusted))
  await assert.rejects(open(tlsPort), says(untrusted))
  const store = await open(tlsPort, caFile)
  await store.close()
})
