// Watching over connections that break: reconnects, resumption, fresh tokens, and when to give up.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { PresenceClient, ProblemError, type WatchChoice, type WatchEvent } from '../../../src/client/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { documentOf, type OpenRequest, sse, startStreamServer } from '../../support/stream-server.ts'

async function watching(t: TestContext, choice?: WatchChoice) {
  const server = await startStreamServer(t)
  const clock = new ManualClock()
  const asked: boolean[] = []
  const client = new PresenceClient({
    url: server.url,
    token({ fresh }) {
      asked.push(fresh)
      return `${asked.length}:u@x:S`
    },
    surroundings: { after: clock.after.bind(clock), now: () => clock.now(), random: () => 0.5 },
  })
  const controller = new AbortController()
  t.after(() => controller.abort())
  const watch = client.watch(choice, { signal: controller.signal })
  const next = async (): Promise<WatchEvent> => {
    const { done, value } = await watch.next()
    if (done === true) throw new Error('the watch has ended')
    return value
  }
  return { server, clock, client, watch, next, asked, controller }
}

const A = documentOf('a@x', 'busy', 'é😀')
const B = documentOf('b@x', 'away')

suite('watch', () => {
  test('tells the snapshot, then that it is complete, then changes', async (t) => {
    const { server, next } = await watching(t, ['a@x', 'b@x'])
    const first = next()
    const request = await server.next()
    assert.equal(`${request.method} ${request.url}`, 'POST /v1/watch')
    assert.deepEqual(JSON.parse(request.body), { user_ids: ['a@x', 'b@x'] })
    assert.equal(request.headers.accept, 'text/event-stream')
    assert.equal(request.headers['last-event-id'], undefined)
    request.stream(
      sse('presence', A),
      ': hello\n\n',
      sse('later', {}),
      sse('ready', {}, 'e:1'),
      sse('presence', B, 'e:2'),
    )
    assert.deepEqual(await first, { type: 'presence', document: A })
    assert.deepEqual(await next(), { type: 'ready' })
    assert.deepEqual(await next(), { type: 'presence', document: B })
  })

  test('asks for a domain, or for everybody', async (t) => {
    const domain = await watching(t, { domain: 'x&y' })
    void domain.next().catch(() => undefined)
    assert.equal((await domain.server.next()).url, '/v1/watch?domain=x%26y')
    const all = await watching(t)
    void all.next().catch(() => undefined)
    const request = await all.server.next()
    assert.equal(`${request.method} ${request.url}`, 'GET /v1/watch')
  })

  test('cut in the middle of a letter, it resumes after the last whole event', async (t) => {
    const { server, clock, next } = await watching(t)
    const first = next()
    const request = await server.next()
    request.stream(sse('ready', {}, 'e:1'), sse('presence', B, 'e:2'))
    assert.equal((await first).type, 'ready')
    assert.equal((await next()).type, 'presence')
    const broken = next()
    const bytes = Buffer.from(sse('presence', A, 'e:3'))
    request.write(bytes.subarray(0, bytes.indexOf(0xf0) + 2))
    await setImmediate()
    request.cut()
    const lost = await broken
    assert.equal(lost.type, 'lost')
    assert.equal(lost.retryIn, 750)
    const resumed = next()
    clock.advance(749)
    assert.equal(server.count, 1)
    clock.advance(1)
    const second = await server.next()
    assert.equal(second.headers['last-event-id'], 'e:2')
    second.stream(sse('presence', A), sse('ready', {}, 'e:3'))
    assert.deepEqual(await resumed, { type: 'presence', document: A })
    assert.equal((await next()).type, 'ready')
  })

  test('tells of those whom the daemon does not know any more when it begins with another store', async (t) => {
    const { server, clock, next } = await watching(t)
    const known = { ...A, sources: { spreed: { status: 'busy', message: '', since: A.since, updated: A.since } } }
    const first = next()
    const request = await server.next()
    request.stream(
      sse('presence', known),
      sse('presence', { ...known, user_id: 'b@x' }),
      sse('ready', { complete: true }, 'e:1'),
    )
    await first
    await next()
    assert.equal((await next()).type, 'ready')
    const lost = next()
    request.cut()
    await lost
    const after = next()
    clock.advance(750)
    const second = await server.next()
    second.stream(sse('presence', { ...known, user_id: 'b@x' }), sse('ready', { complete: true }, 'f:1'))
    assert.equal((await after).type, 'presence')
    const gone = await next()
    assert.equal(gone.type, 'presence')
    assert.deepEqual([gone.document.user_id, gone.document.sources], ['a@x', {}])
    assert.equal((await next()).type, 'ready')
  })

  test('waits longer after each failure, never less than Retry-After asks, and from the start again after it stood', async (t) => {
    const { server, clock, next } = await watching(t)
    const pauses: number[] = []
    const fail = async (refuse: (request: OpenRequest) => void) => {
      const event = next()
      // The pause of the failure before; nothing else of this clock is waited for.
      clock.advance(pauses.at(-1) ?? 0)
      refuse(await server.next())
      const lost = await event
      assert.equal(lost.type, 'lost')
      pauses.push(lost.retryIn)
    }
    for (let round = 0; round < 7; round++) await fail((request) => request.refuse(503))
    assert.deepEqual(pauses, [750, 1500, 3000, 6000, 12_000, 22_500, 22_500])
    await fail((request) => request.refuse(503, { 'retry-after': '60' }))
    assert.equal(pauses.at(-1), 67_500)
    const ready = next()
    clock.advance(67_500)
    const request = await server.next()
    request.stream(sse('ready', {}, 'e:1'))
    await ready
    clock.advance(5_000)
    const lost = next()
    request.response.end()
    assert.deepEqual({ ...(await lost), error: undefined }, { type: 'lost', error: undefined, retryIn: 750 })
  })

  test('takes a fresh token at once, and unnoticed, when the stream ends as expired', async (t) => {
    const { server, clock, next, asked } = await watching(t)
    const ready = next()
    const request = await server.next()
    request.stream(sse('ready', {}, 'e:9'))
    await ready
    clock.advance(5_000)
    const again = next()
    request.write(sse('expired', {}))
    const second = await server.next()
    assert.deepEqual(asked, [false, true])
    assert.equal(second.headers['last-event-id'], 'e:9')
    second.stream(sse('ready', {}, 'e:9'))
    assert.deepEqual(await again, { type: 'ready' })
  })

  test('does not run in circles when fresh tokens expire at once', async (t) => {
    const { server, next } = await watching(t)
    const lost = next()
    const request = await server.next()
    request.stream(sse('expired', {}))
    assert.equal((await lost).type, 'lost')
  })

  test('takes a fresh token once after 401, and gives up when that is refused too', async (t) => {
    const { server, next, asked } = await watching(t)
    const refused = assert.rejects(next(), (error) => error instanceof ProblemError && error.problem.status === 401)
    ;(await server.next()).refuse(401)
    ;(await server.next()).refuse(401)
    await refused
    assert.deepEqual(asked, [false, true])
  })

  test('goes on trying after 401 when it has been connected before, since secrets may be being changed', async (t) => {
    const { server, clock, next, asked } = await watching(t)
    const ready = next()
    const request = await server.next()
    request.stream(sse('ready', {}, 'e:1'))
    await ready
    clock.advance(5_000)
    const lost = next()
    request.write(sse('expired', {}))
    ;(await server.next()).refuse(401)
    const event = await lost
    assert.equal(event.type, 'lost')
    void next().catch(() => undefined)
    clock.advance(event.retryIn)
    await server.next()
    assert.deepEqual(asked, [false, true, true])
  })

  test('gives up when the daemon refuses what is asked, and when nobody answers as a daemon goes on trying', async (t) => {
    const refused = await watching(t)
    const end = assert.rejects(refused.next(), ProblemError)
    ;(await refused.server.next()).refuse(400)
    await end
    const strange = await watching(t)
    const lost = strange.next()
    ;(await strange.server.next()).response.end('<html>')
    const event = await lost
    assert.equal(event.type, 'lost')
    assert.match(event.error.message, /no presence daemon/)
  })

  test('takes silence of 50 seconds for the end of the connection, but not its own reader being busy', async (t) => {
    const { server, clock, next } = await watching(t)
    const ready = next()
    const request = await server.next()
    request.stream(sse('ready', {}, 'e:1'))
    await ready
    clock.advance(500_000)
    const change = next()
    request.write(sse('presence', A, 'e:2'))
    assert.equal((await change).type, 'presence')
    const lost = next()
    // It begins to wait as soon as it has been asked.
    await setImmediate()
    clock.advance(49_999)
    await setImmediate()
    assert.equal(request.response.closed, false)
    clock.advance(1)
    const event = await lost
    assert.equal(event.type, 'lost')
    assert.match(event.error.message, /Nothing came from .* for 50 s/)
    await request.gone
  })

  test('leaving the loop closes the connection, and so does the signal while nothing comes', async (t) => {
    const left = await watching(t)
    const loop = (async () => {
      for await (const _ of left.watch) break
    })()
    const request = await left.server.next()
    request.stream(sse('ready', {}, 'e:1'))
    await loop
    await request.gone

    const aborted = await watching(t)
    const end = aborted.watch.next()
    const open = await aborted.server.next()
    open.stream()
    aborted.controller.abort()
    assert.deepEqual(await end, { done: true, value: undefined })
    await open.gone
  })
})
