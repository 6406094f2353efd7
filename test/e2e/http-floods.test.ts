// The daemon among clients that mean no good: slow ones, floods, too many at once. Everybody else is served as before.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startChild } from '../support/children.ts'
import { type ConfigLines, type Daemon, startDaemon } from '../support/daemon.ts'
import { inParallel } from '../support/in-parallel.ts'

const SLOW_CLIENTS = new URL('../support/slow-clients.ts', import.meta.url).pathname
const LONG = 120_000

async function house(t: TestContext, config: ConfigLines, through?: readonly string[]): Promise<Daemon> {
  const daemon = await startDaemon({ config: { plugins: 'spreed', ...config }, ...(through && { through }) })
  t.after(() => daemon.stop())
  return daemon
}

/** Publishes and reads so many times, several at once; every answer must be right. */
async function asOthers(daemon: Daemon, times: number): Promise<void> {
  await inParallel(
    Array.from({ length: times }, (_, index) => `user${index}`),
    16,
    async (user_id) => {
      await daemon.put([{ user_id, spreed: { status: 'busy', message: user_id } }])
      assert.deepEqual(await daemon.get([user_id]), [{ user_id, spreed: { status: 'busy', message: user_id } }])
    },
  )
}

function open(daemon: Daemon): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(daemon.url).port), '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Resident memory in bytes. */
function memory({ pid }: Daemon): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kibibytes) * 1024
}

test('2,000 clients that dribble headers and 2,000 that dribble bodies hold up nobody, and are ended in time', async (t) => {
  const daemon = await house(t, { server_headers_timeout: 40, server_request_timeout: 40 })
  const slow = await startChild(process.execPath, [
    ...['--import', import.meta.resolve('tsx'), SLOW_CLIENTS],
    ...[new URL(daemon.url).port, '2000', '2000'],
  ])
  t.after(() => slow.end())
  await slow.waitForLine(/^open 4000$/, { timeout: LONG })
  await asOthers(daemon, 250)
  // All of that happened while they were there.
  slow.signal('SIGUSR2')
  const [, alive] = await slow.waitForLine(/^alive (\d+)$/)
  assert.equal(alive, '4000')
  const [, ended, timedOut] = await slow.waitForLine(/^ended (\d+): 408 (\d+)$/, { timeout: LONG })
  // A byte on its way when the connection is closed can take the answer with it.
  assert.equal(ended, '4000')
  assert.ok(Number(timedOut) > 3_600, `${timedOut} of them were answered with 408`)
  await asOthers(daemon, 10)
})

test('100,000 requests at once from a client that reads no answer hold up nobody, and take little memory', async (t) => {
  const daemon = await house(t, {})
  await asOthers(daemon, 50)
  const before = memory(daemon)
  const socket = await open(daemon)
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  const request = `GET /v1/sources HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${daemon.token()}\r\n\r\n`
  socket.write(request.repeat(100_000))
  await asOthers(daemon, 250)
  assert.ok(socket.writableLength > 0, 'the daemon has read everything')
  const grown = memory(daemon) - before
  assert.ok(grown < 128 * 1024 * 1024, `it takes ${Math.round(grown / 1024 / 1024)} MiB more`)
})

test('as many connections as open files allow are served, the rest is told so, and all are served again afterwards', async (t) => {
  const daemon = await house(t, {}, ['sh', '-c', 'ulimit -n 200 && exec "$@"', 'sh'])
  const sockets: Socket[] = []
  const ends: Promise<unknown>[] = []
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  let refusals = 0
  for (let count = 0; count < 160; count += 1) {
    const socket = await open(daemon)
    socket.setEncoding('latin1').on('error', () => {})
    socket.on('data', (text: string) => {
      if (/^HTTP\/1.1 503 /.test(text)) refusals += 1
    })
    sockets.push(socket)
    ends.push(new Promise((resolve) => socket.once('close', resolve)))
  }
  await daemon.waitForLog(/connections are open and none is idle.*server_max_connections/)
  await Promise.all(ends.slice(100))
  assert.ok(refusals > 0)
  for (const socket of sockets.slice(0, 100)) assert.equal(socket.destroyed, false)
  for (const socket of sockets) socket.destroy()
  await daemon.until(
    () => daemon.ask('GET', '/healthz').catch(() => ({ status: 0, body: '' })),
    ({ status }) => status === 200,
  )
  await asOthers(daemon, 10)
})

test('when files run out all the same the daemon has said what to do, and lives on', async (t) => {
  const daemon = await house(t, { server_max_connections: 1000 }, ['sh', '-c', 'ulimit -n 120 && exec "$@"', 'sh'])
  await daemon.waitForLog(/server_max_connections = 1000 is more than .*open files.*LimitNOFILE/)
  const sockets = await Promise.all(Array.from({ length: 300 }, () => open(daemon).catch(() => undefined)))
  for (const socket of sockets) socket?.on('error', () => {})
  for (const socket of sockets) socket?.destroy()
  await daemon.until(
    () => daemon.ask('GET', '/healthz').catch(() => ({ status: 0, body: '' })),
    ({ status }) => status === 200,
  )
  await asOthers(daemon, 10)
})
