// HTTP on the wire: versions, framings and habits of old clients, methods, and what is not even a request.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { SourcePresence } from '../../../src/core/presence.ts'
import { Tally } from '../../../src/core/tally.ts'
import type { Site } from '../../support/http-site.ts'
import { problemOf, startSite, unwatched } from '../../support/http-site.ts'

const SECTION = { status: 'away', message: 'tea' }
const ANSWER = '{"Type":"UserStatus","UserStatus":[{"user_id":"ada","spreed":{"status":"away","message":"tea"}}]}'

function bodyText(site: Site): string {
  return JSON.stringify(site.body([{ user_id: 'ada', spreed: SECTION }]))
}

/** A request as text, with the length of its body. */
function framed(method: string, body: string, version = '1.1', headers = ''): string {
  return `${method} / HTTP/${version}\r\nHost: x\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** The status, headers and body of each answer in what came back. */
function answers(text: string): { status: number; head: string; body: string }[] {
  const found: { status: number; head: string; body: string }[] = []
  let rest = text
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    const head = rest.slice(0, end)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    found.push({ status: Number(head.slice(9, 12)), head, body: rest.slice(end + 4, end + 4 + length) })
    rest = rest.slice(end + 4 + length)
  }
  return found
}

test('the body counts and not its Content-Type', async (t) => {
  const site = await startSite(t)
  const body = bodyText(site)
  const types = [
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ]
  for (const type of [
    undefined,
    ...types,
    'application/json; charset=iso-8859-1',
    'garbage',
    'a/b/c; =;',
    '"',
    'x;y',
  ]) {
    const headers = type === undefined ? undefined : { 'content-type': type }
    for (const method of ['POST', 'GET', 'PUT']) {
      const answer = await site.ask(method, '/', { body, ...(headers && { headers }) })
      assert.deepEqual([answer.status, answer.body], [200, method === 'PUT' ? '' : ANSWER], type)
    }
  }
})

test('a byte order mark is passed over, chunks are put together, also within a character', async (t) => {
  const site = await startSite(t)
  const body = Buffer.from(`\ufeff${JSON.stringify(site.body([{ user_id: 'jürgen🙂' }]))}`)
  assert.equal((await site.ask('GET', '/', { body })).status, 200)
  const chunks = [...body].map((byte) =>
    Buffer.concat([Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]),
  )
  const head = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n')
  const text = await site.raw(Buffer.concat([head, ...chunks, Buffer.from('0\r\n\r\n')]))
  assert.match(Buffer.from(text, 'latin1').toString(), /"user_id":"jürgen🙂"/)
})

test('HTTP/1.0 is served, with a connection that ends or is kept as asked', async (t) => {
  const site = await startSite(t)
  const body = bodyText(site)
  const [closed] = answers(await site.raw(framed('POST', body, '1.0')))
  assert.deepEqual([closed?.status, closed?.body], [200, ANSWER])
  assert.match(closed?.head ?? '', /connection: close/i)
  const kept = await site.raw(framed('POST', body, '1.0', 'Connection: keep-alive\r\n') + framed('PUT', body, '1.0'))
  assert.deepEqual(
    answers(kept).map(({ status }) => status),
    [200, 200],
  )
})

test('a missing Host header is forgiven', async (t) => {
  const site = await startSite(t)
  const [answer] = answers(await site.raw('HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n'))
  assert.equal(answer?.status, 200)
})

test('one connection serves many requests, one after the other and pipelined, in order', async (t) => {
  const site = await startSite(t)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  for (let times = 0; times < 3; times += 1) {
    const answer = await site.ask('POST', '/', { body: bodyText(site), agent })
    assert.equal(answer.headers.connection, 'keep-alive')
  }
  const requests = ['PUT', 'GET', 'POST', 'DELETE', 'GET'].map((method) => framed(method, bodyText(site)))
  const last = framed('HEAD', '', '1.1', 'Connection: close\r\n')
  const found = answers(await site.raw(requests.join('') + last))
  assert.deepEqual(
    found.map(({ status }) => status),
    [200, 200, 200, 405, 200, 200],
  )
  assert.deepEqual(found.map(({ body }) => body).filter((body) => body === ANSWER).length, 3)
})

test('"Expect: 100-continue" is answered before the body comes, and other expectations are passed over', async (t) => {
  const site = await startSite(t)
  const body = bodyText(site)
  const text = await site.raw(framed('POST', body, '1.1', 'Expect: 100-continue\r\nConnection: close\r\n'))
  assert.match(text, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/)
  assert.match(await site.raw(framed('POST', body, '1.1', 'Expect: fun\r\nConnection: close\r\n')), /^HTTP\/1.1 200 OK/)
})

test('HEAD / needs nothing and says 200', async (t) => {
  const site = await startSite(t)
  const answer = await site.ask('HEAD', '/')
  assert.deepEqual([answer.status, answer.headers['cache-control']], [200, 'private, no-store'])
})

test('other methods are refused with the ones that are served, and other paths are not found', async (t) => {
  const site = await startSite(t)
  for (const method of ['DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'PURGE', 'M-SEARCH', 'OPTIONS']) {
    for (const [path, allow] of [
      ['/', 'GET, HEAD, POST, PUT'],
      ['/?query', 'GET, HEAD, POST, PUT'],
      ['/v1/sources', 'GET, HEAD'],
    ] as const) {
      const answer = await site.ask(method, path)
      assert.equal(problemOf(answer).status, 405, method)
      assert.equal(answer.headers.allow, method === 'OPTIONS' ? allow : `${allow}, OPTIONS`)
    }
    for (const path of ['/nothing', '/v1', '/v1/users/a/b/c', '//']) {
      assert.equal(problemOf(await site.ask(method, path)).status, 404, path)
    }
  }
  const put = await site.ask('PUT', '/v1/users/ada', { body: '{' })
  assert.deepEqual([put.status, put.headers.allow], [405, 'GET, HEAD, DELETE, OPTIONS'])
  const tunnel = await site.raw('CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.match(tunnel, /^HTTP\/1.1 405 .*\r\nAllow: /s)
})

test('a client that asks for a tunnel and resets its connection ends nothing but that', async (t) => {
  const site = await startSite(t)
  const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
  await once(socket, 'connect')
  const before = site.server.connections
  // Both are there when the server reads.
  socket.write('CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n')
  socket.resetAndDestroy()
  while (site.server.connections >= before) await site.ask('GET', '/healthz')
  assert.equal((await site.ask('GET', '/healthz')).status, 200)
})

test('a request before one for a tunnel gets its own answer first', async (t) => {
  const site = await startSite(t)
  const text = await site.raw(`${framed('PUT', bodyText(site))}CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n`)
  assert.deepEqual(
    answers(text).map(({ status }) => status),
    [200, 405],
  )
})

test('a body that is too large is refused with 413, declared or chunked, and its sender lives to see it', async (t) => {
  const site = await startSite(t)
  const large = ' '.repeat(40 * 1024 * 1024)
  for (const method of ['GET', 'PUT', 'POST']) {
    assert.equal(problemOf(await site.ask(method, '/', { body: large })).status, 413)
  }
  const head = 'POST / HTTP/1.0\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
  const chunked = await site.raw(`${head}${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`)
  assert.match(chunked, /^HTTP\/1.1 413 /)
  const announced = await site.raw('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n')
  assert.match(announced, /^HTTP\/1.1 413 [\s\S]*connection: close/i)
})

test('headers that are too large are refused with 431', async (t) => {
  const site = await startSite(t)
  const text = await site.raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`)
  assert.match(text, /^HTTP\/1.1 431 [\s\S]*application\/problem\+json[\s\S]*"status":431/)
  const path = await site.raw(`GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)
  assert.match(path, /^HTTP\/1.1 431 /)
})

test('what is no HTTP is refused with a problem, and the connection ends', async (t) => {
  const site = await startSite(t)
  for (const bytes of [
    'nonsense\r\n\r\n',
    'FOO / HTTP/1.1\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00',
    'GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n',
    'POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  ]) {
    const text = await site.raw(bytes)
    assert.match(text, /^HTTP\/1.1 400 Bad Request\r\n/)
    assert.match(text, /\r\nContent-Type: application\/problem\+json\r\n[\s\S]*Cache-Control: private, no-store\r\n/)
    const [answer, ...more] = answers(text)
    assert.equal(JSON.parse(answer?.body ?? '').status, 400)
    assert.deepEqual(more, [])
  }
})

test('a good request keeps its answer when what follows it is no HTTP', async (t) => {
  const site = await startSite(t)
  const release = site.store.holdSaves()
  const pending = site.raw(`${framed('POST', bodyText(site))}nonsense\r\n\r\n`)
  await site.ask('GET', '/', { body: site.body([]) })
  release()
  const found = answers(await pending)
  assert.deepEqual(
    found.map(({ status }) => status),
    [200, 400],
  )
})

test('headers or a body that do not come in time are answered with 408', async (t) => {
  const limits = { headersTimeout: 40, requestTimeout: 80, checkInterval: 10 }
  const site = await startSite(t, { limits })
  for (const bytes of ['GET / HT', 'GET / HTTP/1.1\r\nHost: x\r\n', framed('PUT', 'x'.repeat(100)).slice(0, -50)]) {
    const text = await site.raw(bytes)
    assert.match(text, /^HTTP\/1.1 408 [\s\S]*application\/problem\+json[\s\S]*"status":408/)
  }
})

test('a request that was refused before its body came gets no second answer when the body does not come', async (t) => {
  const site = await startSite(t, { limits: { headersTimeout: 40, requestTimeout: 80, checkInterval: 10 } })
  const text = await site.raw(`PUT /v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`)
  assert.deepEqual(
    answers(text).map(({ status }) => status),
    [405],
  )
})

test('a chunked request of HTTP/1.0 is the last one of its connection, and nothing behind it is begun', async (t) => {
  const site = await startSite(t)
  const begun = JSON.stringify(site.body([{ user_id: 'ada', spreed: { status: 'busy' } }]))
  const chunked = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
  const found = answers(await site.raw(chunked + framed('PUT', begun)))
  assert.deepEqual(
    found.map(({ status }) => status),
    [400],
  )
  assert.match(found[0]?.head ?? '', /connection: close/i)
  assert.deepEqual([...site.store.position], [0])
})

test('a client that goes away in the middle does no harm', async (t) => {
  const site = await startSite(t)
  for (const end of [5, 20, 120]) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(site.url).port), '127.0.0.1', () => {
        socket.write(framed('PUT', bodyText(site)).slice(0, end), () => socket.resetAndDestroy())
      })
      socket.once('close', () => resolve())
    })
  }
  assert.equal((await site.ask('GET', '/', { body: bodyText(site) })).status, 200)
  assert.deepEqual(
    site.log.lines.filter(({ level }) => level === 'error'),
    [],
  )
})

test('a slow reader of a long answer gets all of it', async (t) => {
  const site = await startSite(t)
  const message = '🙂'.repeat(5000)
  await site.ask('PUT', '/', { body: site.body([{ user_id: 'ada', spreed: { status: 'busy', message } }]) })
  const entries = Array(1000).fill({ user_id: 'ada' })
  const answer = await site.ask('GET', '/', { body: site.body(entries) })
  assert.equal(answer.headers['transfer-encoding'], 'chunked')
  const { UserStatus } = JSON.parse(answer.body)
  assert.equal(UserStatus.length, 1000)
  for (const entry of UserStatus) assert.equal(entry.spreed.message, message)
  const old = await site.raw(framed('GET', JSON.stringify(site.body(entries)), '1.0'))
  assert.ok(old.endsWith('}}]}'))
  assert.ok(old.length > 20_000_000)
})

test('a reader who stops makes the server write no further ahead than the sockets hold', async (t) => {
  let reads = 0
  const message = 'm'.repeat(10_000)
  const view = { status: 'busy', message, since: 0, updated: 0, stale: false } as const
  const presence = {
    combined: { status: 'busy', message, source: 'spreed', since: 0, stale: false },
    sources: new Map([['spreed', view]]),
  } as const
  const service = {
    read: () => presence,
    lasting: () => undefined,
    tellSections: (_userId: string, tell: (source: string, said: SourcePresence) => void) => {
      reads += 1
      tell('spreed', view)
    },
    publish: () => Promise.resolve(),
    forget: () => Promise.resolve(),
    page: () => ({ users: [], nextCursor: undefined }),
    watching: unwatched(),
    tally: new Tally(),
    store: { connected: true, since: 0, complete: true },
    userOf: (_source: string, userId: string) => userId,
    kindOf: () => undefined,
    publishable: () => undefined,
    pending: () => [],
    sources: () => [],
  }
  const site = await startSite(t, { service })
  const request = framed('GET', JSON.stringify(site.body(Array(10_000).fill({ user_id: 'ada' }))))
  const socket = connect(Number(new URL(site.url).port), '127.0.0.1', () => socket.write(request))
  socket.once('readable', () => {})
  await new Promise((resolve) => socket.once('readable', resolve))
  for (let rounds = 0; rounds < 10; rounds += 1) await site.ask('HEAD', '/')
  assert.ok(reads < 5_000, `${reads} entries are ready`)
  socket.destroy()
})
