// The end of the server: nothing new, everything under way finished, and force in the end.
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startSite } from '../../support/http-site.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const ENTRY = { user_id: 'ada', spreed: { status: 'away', message: '' } }

test('requests under way are finished, and their connections closed', async (t) => {
  const site = await startSite(t)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const release = site.store.holdSaves()
  const saving = site.ask('PUT', '/', { body: site.body([ENTRY]), agent })
  await site.ask('GET', '/', { body: site.body([]), agent })
  const closed = site.server.close()
  release()
  const answer = await saving
  assert.deepEqual([answer.status, answer.headers.connection], [200, 'close'])
  await closed
})

test('idle connections are closed at once, and new ones are refused', async (t) => {
  const site = await startSite(t)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  assert.equal((await site.ask('GET', '/', { body: site.body([]), agent })).status, 200)
  await site.server.close()
  await assert.rejects(site.ask('GET', '/healthz'), { code: 'ECONNREFUSED' })
})

test('a request whose body comes to its end while the server closes is answered with 503', async (t) => {
  const site = await startSite(t)
  const body = JSON.stringify(site.body([ENTRY]))
  const head = `PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`
  const socket = connect(Number(new URL(site.url).port), '127.0.0.1', () => socket.write(head + body.slice(0, -1)))
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  const ended = new Promise((resolve) => socket.once('close', resolve))
  await site.ask('GET', '/', { body: site.body([]) })
  const closed = site.server.close()
  socket.write(body.slice(-1))
  await ended
  await closed
  assert.match(text, /^HTTP\/1.1 503 [\s\S]*retry-after: [1-9][\s\S]*connection: close[\s\S]*"status":503/i)
})

test('who does not come to an end is cut off after three seconds', async (t) => {
  const clock = new ManualClock()
  const site = await startSite(t, { clock })
  const text = site.raw('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n')
  await site.ask('GET', '/', { body: site.body([]) })
  const closed = site.server.close()
  clock.advance(2_999)
  clock.advance(1)
  assert.equal(await text, '')
  await closed
})

test('an address that is taken, or not of this machine, is told with a remedy', async (t) => {
  const site = await startSite(t)
  const { createHttpServer } = await import('../../../src/http/server.ts')
  const { service, tokens, notes, clock, log } = site
  const more = { nodeName: 'b', allowedOrigins: [], trustedProxies: [], maxStreams: 1 }
  const parts = { service, tokens, notes, clock, log, ...more }
  const port = Number(new URL(site.url).port)
  await assert.rejects(createHttpServer(parts).listen('127.0.0.1', port), {
    name: 'FatalError',
    message: /cannot listen on 127\.0\.0\.1 port \d+: another process uses it; .*server_port/,
  })
  await assert.rejects(createHttpServer(parts).listen('192.0.2.1', 0), { message: /server_bind/ })
})

test('the address of an IPv6 server is written as in a URL', async (t) => {
  const site = await startSite(t)
  const { createHttpServer } = await import('../../../src/http/server.ts')
  const { service, tokens, notes, clock, log } = site
  const more = { nodeName: 'b', allowedOrigins: [], trustedProxies: [], maxStreams: 1 }
  const parts = { service, tokens, notes, clock, log, ...more }
  const server = createHttpServer(parts)
  const url = await server.listen('::1', 0).catch((error: Error) => error.message)
  await server.close()
  assert.match(url, /^http:\/\/\[::1\]:\d+$|server_bind/)
})
