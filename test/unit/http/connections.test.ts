// How many connections and streams may be open, who makes room for a newcomer, and what those are told for whom there is none.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { Connections } from '../../../src/http/connections.ts'
import { proxyTrust } from '../../../src/http/trusted-proxies.ts'
import { readEvents } from '../../support/events.ts'
import { authorized, startSite } from '../../support/http-site.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { recordedLog } from '../../support/recorded-log.ts'

const ASK = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

interface Bound {
  readonly all?: number
  readonly ofAddress?: number
  readonly proxies?: readonly string[]
}

interface Client {
  readonly socket: Socket
  /** All that came, when the connection is over. */
  readonly all: Promise<string>
  /** Asks once more; resolves with the answer, or what came before the end. */
  ask(): Promise<string>
}

/** A server that says "here" to everybody, or leaves them waiting, and believes what it is told of their addresses. */
async function house(t: { after(cleanUp: () => void): void }, { all, ofAddress, proxies = [] }: Bound) {
  const clock = new ManualClock()
  const log = recordedLog()
  const server = createServer()
  const addresses: string[] = []
  server.prependListener('connection', (socket: Socket) => {
    const address = addresses.shift()
    if (address !== undefined) Object.defineProperty(socket, 'remoteAddress', { value: address })
  })
  const limits = { maxConnections: all ?? 1e6, maxConnectionsPerAddress: ofAddress ?? 1e6 }
  const connections = new Connections(server, { clock, log, limits, isProxy: proxyTrust(proxies) })
  let answering = true
  server.on('request', ({ socket, url }, response) => {
    if (answering && url !== '/never' && !connections.isRefused(socket)) response.end('here')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const clients: Socket[] = []
  t.after(() => {
    for (const socket of clients) socket.destroy()
    server.close()
  })
  const come = async (address = '127.0.0.1', { allowHalfOpen = false } = {}): Promise<Client> => {
    addresses.push(address)
    const taken = new Promise((resolve) => server.once('connection', resolve))
    const { port } = server.address() as AddressInfo
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen })
    clients.push(socket)
    let text = ''
    let told = (): void => {}
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece
      told()
    })
    socket.on('error', () => {})
    const all = new Promise<string>((resolve) => socket.once('close', () => resolve(text)))
    await taken
    return {
      socket,
      all,
      ask() {
        text = ''
        const answer = new Promise<string>((resolve) => {
          told = () => text.endsWith('here') && resolve(text)
          void all.then(resolve)
        })
        socket.write(ASK)
        return answer
      },
    }
  }
  const leave = async ({ socket }: Client): Promise<void> => {
    const before = connections.count
    socket.destroy()
    while (connections.count === before) await new Promise((resolve) => setImmediate(resolve))
  }
  return { come, leave, log, clock, connections, answer: (now: boolean) => (answering = now) }
}

test('as many connections as server_max_connections are served, and one more is told to come again', async (t) => {
  const { come, leave, log, answer } = await house(t, { all: 3 })
  answer(false)
  const first = await come()
  void first.ask()
  await come()
  await come()
  const refused = await (await come()).all
  assert.match(refused, /^HTTP\/1.1 503 [\s\S]*Retry-After: 5\r\n[\s\S]*"status":503/)
  assert.deepEqual(
    log.lines.map(({ level, text }) => [level, /server_max_connections/.test(text)]),
    [['warn', true]],
  )
  await leave(first)
  answer(true)
  assert.match(await (await come()).ask(), /^HTTP\/1.1 200 /)
})

test('whoever has been idle for longest makes room, and nobody who waits for an answer or is sending', async (t) => {
  const { come, answer, log } = await house(t, { all: 4 })
  const [oldest, sending, newest, waiting] = [await come(), await come(), await come(), await come()]
  await newest.ask()
  await oldest.ask()
  await sending.ask()
  await newest.ask()
  answer(false)
  void waiting.ask()
  sending.socket.write('GET / HT')
  answer(true)
  const newcomer = await come()
  await oldest.all
  // One more: the next is in the middle of a request, so it is the one after that.
  assert.match(await newcomer.ask(), /^HTTP\/1.1 200 /)
  await come()
  await newest.all
  for (const { socket } of [sending, waiting, newcomer]) assert.equal(socket.destroyed, false)
  assert.deepEqual(log.lines, [])
})

test('a connection is not idle while a later one of its requests waits', async (t) => {
  const { come } = await house(t, { all: 1 })
  const client = await come()
  const first = client.ask()
  client.socket.write(ASK.replace('/', '/never'))
  await first
  assert.match(await (await come()).all, /^HTTP\/1.1 503 /)
  assert.equal(client.socket.destroyed, false)
})

test('one address may have server_max_connections_per_address, of IPv6 a /64, and others are not touched', async (t) => {
  const { come, log } = await house(t, { ofAddress: 2 })
  for (const [first, second, third, other] of [
    ['192.0.2.1', '192.0.2.1', '::ffff:192.0.2.1', '192.0.2.2'],
    ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::3', '2001:db8:0:1::1'],
  ] as const) {
    const held = [await come(first), await come(second)]
    assert.match(await (await come(third)).all, /^HTTP\/1.1 429 [\s\S]*Retry-After: 5\r\n/)
    assert.match(await (await come(other)).ask(), /^HTTP\/1.1 200 /)
    for (const client of held) assert.match(await client.ask(), /^HTTP\/1.1 200 /)
    // Now that they are idle, one of them makes room.
    assert.match(await (await come(third)).ask(), /^HTTP\/1.1 200 /)
  }
  // Told once a minute, however many there are.
  assert.equal(log.lines.length, 1)
  assert.match(log.lines[0]?.text ?? '', /192\.0\.2\.1 .*server_max_connections_per_address.*server_trusted_proxies/)
})

test('this machine and trusted proxies may have any number of connections', async (t) => {
  const { come, connections } = await house(t, { ofAddress: 1, proxies: ['192.0.2.0/24', 'fd00::1'] })
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '192.0.2.9', '::ffff:192.0.2.9', 'fd00::1']) {
    for (let count = 0; count < 3; count += 1) await come(address)
  }
  assert.equal(connections.count, 18)
})

test('a flood of connections that are refused holds no more than a few open', async (t) => {
  const { come, connections } = await house(t, { all: 1 })
  await come()
  // They don't go away when they are told to.
  const clients: Client[] = []
  for (let count = 0; count < 100; count += 1) clients.push(await come(undefined, { allowHalfOpen: true }))
  while (connections.count > 1 + 64) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(connections.count, 1 + 64)
  for (const { socket } of clients) socket.end()
  const told = (await Promise.all(clients.map(({ all }) => all))).filter((text) => text !== '')
  assert.equal(told.length, 64)
  for (const text of told) assert.match(text, /^HTTP\/1.1 503 /)
})

test('what is asked on a connection that is refused is not served', async (t) => {
  const { come } = await house(t, { all: 1 })
  await come()
  const refused = await come()
  const text = await refused.ask()
  assert.match(text, /^HTTP\/1.1 503 /)
  assert.doesNotMatch(text, /here/)
})

test('streams of one user beyond server_max_streams_per_user are refused, in whatever spelling, and others are not', async (t) => {
  const site = await startSite(t, { limits: { maxStreamsPerUser: 2 } })
  const url = `${site.url}/v1/watch`
  const streams = [await readEvents(url, site.token('ada')), await readEvents(url, site.token('ADA'))]
  const refused = await site.ask('GET', '/v1/watch', authorized(site, 'Ada'))
  assert.equal(refused.status, 429)
  assert.match(refused.body, /server_max_streams_per_user/)
  assert.match(String(refused.headers['retry-after']), /^[1-9]/)
  const other = await readEvents(url, site.token('bob'))
  assert.equal(other.status, 200)
  streams[0]?.close()
  let again = await readEvents(url, site.token('ada'))
  while (again.status === 429) again = await readEvents(url, site.token('ada'))
  assert.equal(again.status, 200)
  for (const stream of [...streams, other, again]) stream.close()
})
