// The heartbeat of a tab.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type KeepAliveOptions, PresenceClient, ProblemError } from '../../../src/client/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { documentOf, type OpenRequest, startStreamServer } from '../../support/stream-server.ts'
import { FakePage } from '../../support/tabs.ts'

async function start(t: TestContext, options: KeepAliveOptions = {}, chance = 0.5) {
  const server = await startStreamServer(t)
  const clock = new ManualClock()
  const page = new FakePage()
  const kept: boolean[] = []
  const client = new PresenceClient({
    url: server.url,
    token: () => '1:u@x:S',
    surroundings: {
      ...{ after: clock.after.bind(clock), now: () => clock.now(), random: () => chance, page },
      fetch(input, init) {
        kept.push(init?.keepalive === true)
        return fetch(input, init)
      },
    },
  })
  const heartbeat = client.keepAlive('u@x', options)
  return { server, clock, page, kept, heartbeat }
}

/** Answers a heartbeat, and waits until the client knows. */
async function accept(request: OpenRequest): Promise<unknown> {
  request.response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(documentOf('u@x', 'busy')))
  await request.gone
  for (let turn = 0; turn < 5; turn++) await setImmediate()
  return JSON.parse(request.body === '' ? 'null' : request.body)
}

suite('keepAlive', () => {
  test('says at once and every 30 seconds that its session is there, also what has changed, and withdraws it at the end', async (t) => {
    const { server, clock, heartbeat } = await start(t, { message: 'hi', session: 'tab 1' })
    const first = await server.next()
    assert.equal(`${first.method} ${first.url}`, 'PUT /v1/users/u%40x/spreed')
    assert.deepEqual(await accept(first), { status: 'available', message: 'hi', session: 'tab 1' })
    clock.advance(29_999)
    assert.equal(server.count, 1)
    clock.advance(1)
    await accept(await server.next())
    heartbeat.update({ status: 'away' })
    assert.deepEqual(await accept(await server.next()), { status: 'away', message: '', session: 'tab 1' })
    const stopped = heartbeat.stop()
    const last = await server.next()
    assert.equal(`${last.method} ${last.url}`, 'DELETE /v1/users/u%40x/spreed?session=tab%201')
    await accept(last)
    await stopped
    clock.advance(100_000)
    assert.equal(server.count, 4)
  })

  test('sends one heartbeat after the other, so that the last state is what stays', async (t) => {
    const { server, heartbeat } = await start(t)
    const first = await server.next()
    heartbeat.update({ status: 'away' })
    heartbeat.update({ status: 'busy' })
    await setImmediate()
    assert.equal(server.count, 1)
    await accept(first)
    assert.equal(JSON.parse((await server.next()).body).status, 'busy')
  })

  test('tells of a failure and tries again soon', async (t) => {
    const errors: Error[] = []
    const { server, clock } = await start(t, { onError: (error) => errors.push(error) })
    const first = await server.next()
    first.refuse(503)
    await first.gone
    for (let turn = 0; turn < 5; turn++) await setImmediate()
    assert.ok(errors[0] instanceof ProblemError)
    clock.advance(750)
    await accept(await server.next())
    assert.equal(errors.length, 1)
  })

  test('says good bye in a request that outlives the page, and begins again when the page is shown again', async (t) => {
    const { server, clock, page, kept } = await start(t, { session: 'tab' })
    page.fire('pageshow')
    await accept(await server.next())
    page.fire('pagehide', true)
    const farewell = await server.next()
    assert.equal(`${farewell.method} ${farewell.url}`, `DELETE /v1/users/u%40x/spreed?session=tab`)
    assert.deepEqual(kept, [false, true])
    await accept(farewell)
    clock.advance(100_000)
    assert.equal(server.count, 2)
    page.fire('pageshow', true)
    assert.equal((await server.next()).method, 'PUT')
  })

  test('makes up a session of its own, another one for each tab', async (t) => {
    const names = new Set<unknown>()
    for (const chance of [0.1, 0.2]) {
      const { server, heartbeat } = await start(t, {}, chance)
      const { session } = (await accept(await server.next())) as { readonly session: string }
      assert.match(session, /^[0-9a-z]+-[0-9a-z]+$/)
      names.add(session)
      const stopped = heartbeat.stop()
      const farewell = await server.next()
      assert.equal(farewell.url, `/v1/users/u%40x/spreed?session=${session}`)
      await accept(farewell)
      await stopped
    }
    assert.equal(names.size, 2)
  })
})
