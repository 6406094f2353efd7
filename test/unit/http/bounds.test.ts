// What one request may hold: exactly the bound is served, and one more refused.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { authorized, problemOf, type Site, startSite } from '../../support/http-site.ts'

function open(t: { after(cleanUp: () => void): void }, site: Site, bytes: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(site.url).port), '127.0.0.1', () => {
      socket.write(bytes, () => resolve(socket))
    })
    t.after(() => socket.destroy())
    socket.once('error', reject)
  })
}

/** All that comes back until the server closes or a pattern is seen. */
function received(socket: Socket, until: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (until.test(text)) resolve(text)
    })
    socket.once('close', () => resolve(text))
  })
}

test('a body of exactly server_max_body is read, and one byte more is refused', async (t) => {
  const site = await startSite(t, { limits: { maxBody: 1024 * 1024 } })
  const body = JSON.stringify(site.body([]))
  const fits = body + ' '.repeat(1024 * 1024 - body.length)
  assert.equal((await site.ask('GET', '/', { body: fits })).status, 200)
  const problem = problemOf(await site.ask('GET', '/', { body: `${fits} ` }))
  assert.deepEqual(
    [problem.status, problem.detail],
    [413, 'The body is larger than 1 MiB; send it in several requests.'],
  )
})

test('as many users as server_max_batch are taken in one request, and one more is refused, at / and in v1', async (t) => {
  const site = await startSite(t, { limits: { maxBatch: 3 } })
  for (const [count, status] of [
    [3, 200],
    [4, 413],
  ] as const) {
    const user_ids = Array.from({ length: count }, (_, index) => `user${index}`)
    const entries = user_ids.map((user_id) => ({ user_id, spreed: { status: 'busy' } }))
    for (const method of ['GET', 'PUT', 'POST']) {
      const answer = await site.ask(method, '/', { body: site.body(entries) })
      assert.equal(answer.status, status, method)
      if (status === 413) assert.equal(problemOf(answer).pointer, '/UserStatus')
    }
    const question = { ...authorized(site), body: { user_ids } }
    const many = await site.ask('POST', '/v1/users/query', question)
    assert.equal(many.status, status)
    if (status === 413) assert.match(problemOf(many).detail, /^user_ids has more than 3 entries/)
    const query = user_ids.map((userId) => `user_id=${userId}`).join('&')
    assert.equal((await site.ask('GET', `/v1/users?${query}`, authorized(site))).status, status)
    if (status === 413) {
      assert.equal((await site.ask('POST', '/v1/watch', question)).status, 413)
      assert.equal((await site.ask('GET', `/v1/watch?${query}`, authorized(site))).status, 413)
      // The bound is about what is asked, not about whom it comes to.
      const repeats = { ...authorized(site), body: { user_ids: Array(4).fill('ada') } }
      assert.equal((await site.ask('POST', '/v1/watch', repeats)).status, 413)
    }
  }
})

test('a message of server_max_message code points is taken, and one more refused, at / and in v1', async (t) => {
  const site = await startSite(t, { limits: { maxMessage: 5 } })
  for (const [count, status] of [
    [5, 200],
    [6, 400],
  ] as const) {
    const section = { status: 'busy', message: '🙂'.repeat(count) }
    const answer = await site.ask('PUT', '/', { body: site.body([{ user_id: 'ada', spreed: section }]) })
    assert.equal(answer.status, status)
    if (status === 400) assert.equal(problemOf(answer).pointer, '/UserStatus/0/spreed/message')
    const own = await site.ask('PUT', '/v1/users/ada/manual', { ...authorized(site, 'ada'), body: section })
    assert.equal(own.status, status)
    if (status === 400) assert.equal(problemOf(own).pointer, '/message')
  }
})

test('the longest message is 10,000 code points unless presence.cfg says less, and one more is refused', async (t) => {
  const site = await startSite(t)
  for (const [count, status] of [
    [10_000, 200],
    [10_001, 400],
  ] as const) {
    for (const letter of ['m', '🙂']) {
      const entry = { user_id: 'ada', spreed: { status: 'busy', message: letter.repeat(count) } }
      assert.equal((await site.ask('PUT', '/', { body: site.body([entry]) })).status, status)
    }
  }
})

test('a user id of 1,024 code points is taken, and one more refused', async (t) => {
  const site = await startSite(t)
  for (const [count, status] of [
    [1_024, 200],
    [1_025, 400],
  ] as const) {
    const user_id = '🙂'.repeat(count)
    assert.equal((await site.ask('GET', '/', { body: site.body([{ user_id }]) })).status, status)
    const path = `/v1/users/${encodeURIComponent('x'.repeat(count))}`
    assert.equal((await site.ask('GET', path, authorized(site))).status, status)
  }
})

test('path and headers may have server_max_headers together, and one byte more is refused', async (t) => {
  const site = await startSite(t, { limits: { maxHeaders: 8192 } })
  // What is counted: the path, and the names and values of the headers.
  const head = (bytes: number): string => {
    const [path, name] = ['/healthz', 'Filler']
    const rest = 'Connection: close'.length - 2
    const filler = 'x'.repeat(bytes - path.length - name.length - rest)
    return `GET ${path} HTTP/1.1\r\nConnection: close\r\n${name}: ${filler}\r\n\r\n`
  }
  assert.match(await site.raw(head(8191)), /^HTTP\/1.1 200 /)
  assert.match(await site.raw(head(8192)), /^HTTP\/1.1 431 /)
})

test('large bodies share server_max_body_memory; while it is used up others get 503, and small ones are read', async (t) => {
  const size = 128 * 1024
  const site = await startSite(t, { limits: { maxBodyMemory: size - 64 * 1024 } })
  const text = JSON.stringify(site.body([]))
  const full = text + ' '.repeat(size - text.length)
  const ask = (body: string) => site.ask('GET', '/', { body })
  const head = `GET / HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`
  const slow = await open(t, site, head + full.slice(0, -1))
  await ask(text)
  const refused = await ask(full)
  assert.equal(problemOf(refused).status, 503)
  assert.match(String(refused.headers['retry-after']), /^[1-9]/)
  assert.equal((await ask(text + ' '.repeat(60 * 1024))).status, 200)
  const answered = received(slow, /\]\}$/)
  slow.write(full.slice(-1))
  assert.match(await answered, /^HTTP\/1.1 200 /)
  assert.equal((await ask(full)).status, 200)
  assert.equal((await ask(`${full} `)).status, 503)
  // Whoever goes away in the middle leaves nothing behind.
  const gone = await open(t, site, head + full.slice(0, -1))
  await ask(text)
  gone.destroy()
  let answer = await ask(full)
  while (answer.status === 503) answer = await ask(full)
  assert.equal(answer.status, 200)
})

test('server_max_wrong_signatures are borne from an address that a proxy tells, and one more is refused', async (t) => {
  const site = await startSite(t, { trustedProxies: ['127.0.0.1'], limits: { maxWrongSignatures: 2 } })
  const wrong = { 'x-forwarded-for': '192.0.2.7', authorization: `Bearer ${site.token('ada').replace(/..=$/, 'AA=')}` }
  const statuses: number[] = []
  for (let times = 0; times < 3; times += 1) {
    statuses.push((await site.ask('GET', '/v1/sources', { headers: wrong })).status)
  }
  assert.deepEqual(statuses, [401, 401, 429])
})

test('a request that would make more users than max_users is refused as a whole, with what can be done', async (t) => {
  const site = await startSite(t)
  site.limitUsers(1)
  const put = (...names: string[]) => {
    const entries = names.map((user_id) => ({ user_id, spreed: { status: 'busy' } }))
    return site.ask('PUT', '/', { body: site.body(entries) })
  }
  assert.equal((await put('ada')).status, 200)
  const refused = await put('ada', 'bob')
  assert.deepEqual([problemOf(refused).status, refused.headers['retry-after']], [507, undefined])
  assert.match(problemOf(refused).detail, /^1 users are known already, .* raise max_users\./)
  assert.equal((await put('ADA')).status, 200)
  const own = { ...authorized(site, 'bob'), body: { status: 'busy' } }
  assert.equal((await site.ask('PUT', '/v1/users/bob/manual', own)).status, 507)
  assert.equal((await site.ask('DELETE', '/v1/users/bob/spreed', authorized(site, 'bob'))).status, 507)
})

test('an id with more than 30 combining marks in a row is refused wherever it stands', async (t) => {
  const site = await startSite(t)
  for (const [count, status] of [
    [30, 200],
    [31, 400],
  ] as const) {
    const id = `a${'\u0301'.repeat(count)}`
    const escaped = encodeURIComponent(id)
    assert.equal((await site.ask('GET', '/', { body: site.body([{ user_id: id }]) })).status, status)
    assert.equal((await site.ask('GET', `/v1/users/${escaped}`, authorized(site))).status, status)
    assert.equal((await site.ask('GET', `/v1/users?user_id=${escaped}`, authorized(site))).status, status)
    const question = { ...authorized(site), body: { user_ids: [id] } }
    assert.equal((await site.ask('POST', '/v1/users/query', question)).status, status)
  }
})
