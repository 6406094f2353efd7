// Requests written at once on one connection: a few are worked on, the rest waits its turn, and others are served meanwhile.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { authorized, type Site, startSite } from '../../support/http-site.ts'

function put(site: Site, user: string): string {
  const body = JSON.stringify(site.body([{ user_id: user, spreed: { status: 'busy' } }]))
  return `PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** Lets everything happen that needs no more input: so many others have been answered. */
async function others(site: Site): Promise<void> {
  for (let count = 0; count < 5; count += 1) assert.equal((await site.ask('GET', '/healthz')).status, 200)
}

test('server_max_pipelined requests of a connection are worked on at once, and the next one when there is room', async (t) => {
  const site = await startSite(t, { limits: { maxPipelined: 3 } })
  const publish = t.mock.method(site.service, 'publish')
  const release = site.store.holdSaves()
  const requests = Array.from({ length: 10 }, (_, index) => put(site, `user${index}`))
  const last = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
  const answers = site.raw(requests.join('') + last)
  while (publish.mock.callCount() < 3) await others(site)
  await others(site)
  assert.equal(publish.mock.callCount(), 3)
  release()
  const text = await answers
  assert.equal(text.match(/HTTP\/1.1 200 OK/g)?.length, 11)
  assert.ok(text.endsWith('{"status":"alive"}'))
  assert.deepEqual(
    publish.mock.calls.map((call) => call.arguments[0][0]?.userId),
    Array.from({ length: 10 }, (_, index) => `user${index}`),
  )
})

test('what a client sends on without end is left in its socket while its requests wait', async (t) => {
  const site = await startSite(t, { limits: { maxPipelined: 2 } })
  const release = site.store.holdSaves()
  const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  let answers = 0
  const all = new Promise<void>((resolve) => {
    socket.setEncoding('latin1').on('data', (text: string) => {
      answers += text.match(/HTTP\/1.1 200 OK/g)?.length ?? 0
      if (answers === 3_002) resolve()
    })
  })
  const asked = t.mock.method(site.service, 'sources')
  const { authorization } = authorized(site).headers
  const filler = `Filler: ${'x'.repeat(10_000)}\r\n`
  const question = `GET /v1/sources HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n${filler}\r\n`
  // Two that wait for the store hold up three thousand: far more than the sockets have room for.
  socket.write(put(site, 'ada') + put(site, 'bob') + question.repeat(3_000))
  await others(site)
  assert.equal(asked.mock.callCount(), 0)
  assert.ok(socket.writableLength > 0, 'everything was read')
  const waiting = socket.writableLength
  await others(site)
  assert.equal(socket.writableLength, waiting)
  release()
  await all
  assert.equal(asked.mock.callCount(), 3_000)
})

test('a request that came in part while it waited its turn is read on when that comes', async (t) => {
  const site = await startSite(t, { limits: { maxPipelined: 1 } })
  const publish = t.mock.method(site.service, 'publish')
  const release = site.store.holdSaves()
  const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  const second = put(site, 'bob')
  socket.write(put(site, 'ada') + second.slice(0, -10))
  while (publish.mock.callCount() < 1) await others(site)
  socket.write(second.slice(-10))
  await others(site)
  assert.equal(publish.mock.callCount(), 1)
  release()
  while (publish.mock.callCount() < 2) await others(site)
})

test('a client that goes away takes what waits with it', async (t) => {
  const site = await startSite(t, { limits: { maxPipelined: 1 } })
  const publish = t.mock.method(site.service, 'publish')
  const release = site.store.holdSaves()
  const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
  socket.write(put(site, 'ada') + put(site, 'bob'))
  while (publish.mock.callCount() < 1) await others(site)
  const gone = new Promise((resolve) => socket.once('close', resolve))
  socket.resetAndDestroy()
  await gone
  await others(site)
  release()
  await others(site)
  assert.equal(site.service.read('ada').combined.status, 'busy')
  assert.equal(publish.mock.callCount(), 1)
})

test('a client that never reads its answers is cut off, and holds up nobody', async (t) => {
  const site = await startSite(t, { limits: { idleTimeout: 1_000 } })
  const message = 'm'.repeat(10_000)
  await site.ask('PUT', '/', { body: site.body([{ user_id: 'ada', spreed: { status: 'busy', message } }]) })
  const body = JSON.stringify(site.body(Array(10_000).fill({ user_id: 'ada' })))
  const request = `GET / HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  const socket = connect(Number(new URL(site.url).port), '127.0.0.1', () => socket.write(request.repeat(5)))
  socket.on('error', () => {})
  // The first bytes have come, and nothing more is read until the server has given up.
  await new Promise((resolve) => socket.once('readable', resolve))
  await others(site)
  while (site.server.connections > 0) await others(site)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.resume()
  await closed
})
