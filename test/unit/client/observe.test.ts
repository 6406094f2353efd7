// Observing users: listeners that share a stream, and tabs that share one.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { PresenceClient, type Surroundings } from '../../../src/client/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { documentOf, type StreamServer, sse, startStreamServer } from '../../support/stream-server.ts'
import { Origin } from '../../support/tabs.ts'

const clockOf = (clock: ManualClock) => ({ after: clock.after.bind(clock), now: () => clock.now() })

interface Told {
  readonly user: string
  readonly status: string
  readonly live: boolean
}

/** A tab, or a program of its own: what it observes, and what its listeners were told. */
class Watcher {
  readonly told: Told[] = []
  readonly client: PresenceClient
  readonly #wakes = new Set<() => void>()

  constructor(server: StreamServer, clock: ManualClock, more: Partial<Surroundings> = {}, owner = 'me@x') {
    this.client = new PresenceClient({
      url: server.url,
      token: () => `1:${owner}:S`,
      surroundings: { ...clockOf(clock), ...more },
    })
  }

  observe(user: string): () => void {
    return this.client.observe(user, ({ user_id, status }, { live }) => {
      this.told.push({ user: user_id, status, live })
      for (const wake of this.#wakes) wake()
    })
  }

  /** Resolves once the listeners were told this. */
  async until(user: string, status: string, live = true): Promise<void> {
    const fits = (one: Told) => one.user === user && one.status === status && one.live === live
    while (!this.told.some(fits)) {
      await new Promise<void>((resolve) => {
        this.#wakes.add(resolve)
      })
    }
  }
}

async function start(t: TestContext) {
  const server = await startStreamServer(t)
  return { server, clock: new ManualClock() }
}

const usersOf = ({ body }: { readonly body: string }): string[] => JSON.parse(body).user_ids

suite('observe', () => {
  test('collects users for a moment, asks for each once, and tells every listener under its own spelling', async (t) => {
    const { server, clock } = await start(t)
    const watcher = new Watcher(server, clock)
    for (const user of ['a@x', 'A@x', 'b@x', 'a@x']) watcher.observe(user)
    clock.advance(99)
    assert.equal(server.count, 0)
    clock.advance(1)
    const request = await server.next()
    assert.deepEqual(usersOf(request), ['a@x', 'b@x'])
    request.stream(sse('presence', documentOf('a@x', 'busy')), sse('ready', {}, 'e:1'))
    await watcher.until('a@x', 'busy')
    assert.deepEqual(
      watcher.told.filter(({ live }) => live).map(({ user }) => user),
      ['a@x', 'A@x', 'a@x'],
    )
    watcher.observe('A@X')
    await setImmediate()
    assert.deepEqual(watcher.told.at(-1), { user: 'A@X', status: 'busy', live: true })
    clock.advance(1_000)
    assert.equal(server.count, 1)
  })

  test('keeps users for a while whom nobody observes any more, and ends the stream after the last', async (t) => {
    const { server, clock } = await start(t)
    const watcher = new Watcher(server, clock)
    const stop = watcher.observe('a@x')
    clock.advance(100)
    const request = await server.next()
    request.stream(sse('presence', documentOf('a@x', 'busy')), sse('ready', {}, 'e:1'))
    await watcher.until('a@x', 'busy')
    stop()
    clock.advance(9_000)
    const again = watcher.observe('a@x')
    clock.advance(2_000)
    assert.equal(request.response.closed, false)
    again()
    clock.advance(10_100)
    await request.gone
    assert.equal(server.count, 1)
  })

  test('tells listeners that what they know may be old when the connection is lost, and when it is back', async (t) => {
    const { server, clock } = await start(t)
    const watcher = new Watcher(server, clock, { random: () => 0.5 })
    watcher.observe('a@x')
    clock.advance(100)
    const request = await server.next()
    request.stream(sse('presence', documentOf('a@x', 'busy')), sse('ready', {}, 'e:1'))
    await watcher.until('a@x', 'busy')
    watcher.told.length = 0
    request.cut()
    await watcher.until('a@x', 'busy', false)
    await setImmediate()
    clock.advance(750)
    const second = await server.next()
    assert.equal(second.headers['last-event-id'], 'e:1')
    second.stream(sse('ready', {}, 'e:1'))
    await watcher.until('a@x', 'busy', true)
  })

  test('lets a listener that throws keep nobody from the news, and hides its mistake from nobody', async (t) => {
    const { server, clock } = await start(t)
    const watcher = new Watcher(server, clock)
    watcher.client.observe('a@x', () => {
      throw new Error('a mistake of the page')
    })
    watcher.observe('a@x')
    clock.advance(100)
    const request = await server.next()
    request.stream(sse('presence', documentOf('a@x', 'busy')), sse('ready', {}, 'e:1'))
    await watcher.until('a@x', 'busy')
    assert.throws(() => clock.advance(0), /a mistake of the page/)
    assert.equal(server.count, 1)
  })

  test('takes a new stream for new users', async (t) => {
    const { server, clock } = await start(t)
    const watcher = new Watcher(server, clock)
    watcher.observe('a@x')
    clock.advance(100)
    const first = await server.next()
    first.stream()
    watcher.observe('b@x')
    clock.advance(100)
    assert.deepEqual(usersOf(await server.next()), ['a@x', 'b@x'])
    await first.gone
  })
})

suite('tabs that observe', { timeout: 30_000 }, () => {
  /** Lets messages and locks between tabs settle, and what waits for them be asked. */
  async function settle(clock: ManualClock): Promise<void> {
    for (let round = 0; round < 4; round++) {
      await setImmediate()
      clock.advance(100)
    }
    await setImmediate()
  }

  test('share one stream over all their users, and another one takes over when its holder is gone', async (t) => {
    const { server, clock } = await start(t)
    const origin = new Origin()
    const tabs = [1, 2, 3].map((number) => {
      const tab = origin.openTab()
      const watcher = new Watcher(server, clock, { neighbourhood: tab.neighbourhood, page: tab.page })
      watcher.observe('all@x')
      watcher.observe(`${number}@x`)
      return { tab, watcher }
    })
    await settle(clock)
    let request = await server.next()
    while (usersOf(request).length < 4) request = await server.next()
    assert.deepEqual(usersOf(request).sort(), ['1@x', '2@x', '3@x', 'all@x'])
    request.stream(...['all@x', '1@x', '2@x', '3@x'].map((user) => sse('presence', documentOf(user, 'away'))))
    request.write(sse('ready', {}, 'e:1'))
    for (const [index, { watcher }] of tabs.entries()) {
      await watcher.until('all@x', 'away')
      await watcher.until(`${index + 1}@x`, 'away')
      assert.equal(
        watcher.told.some(({ user }) => /\d/.test(user) && user !== `${index + 1}@x`),
        false,
      )
    }

    tabs[0]?.tab.close()
    await settle(clock)
    let second = await server.next()
    while (usersOf(second).length < 3) second = await server.next()
    assert.deepEqual(usersOf(second).sort(), ['2@x', '3@x', 'all@x'])
    second.stream(sse('presence', documentOf('all@x', 'busy')), sse('ready', {}, 'e:2'))
    await tabs[1]?.watcher.until('all@x', 'busy')
    await tabs[2]?.watcher.until('all@x', 'busy')
    assert.equal(
      tabs[0]?.watcher.told.some(({ status }) => status === 'busy'),
      false,
    )
  })

  test('ask no longer for what only a tab that is gone wanted', async (t) => {
    const { server, clock } = await start(t)
    const origin = new Origin()
    const leading = new Watcher(server, clock, { neighbourhood: origin.openTab().neighbourhood })
    leading.observe('a@x')
    await settle(clock)
    const first = await server.next()
    first.stream()
    const tab = origin.openTab()
    new Watcher(server, clock, { neighbourhood: tab.neighbourhood }).observe('b@x')
    await settle(clock)
    assert.deepEqual(usersOf(await server.next()), ['a@x', 'b@x'])
    tab.close()
    await settle(clock)
    assert.deepEqual(usersOf(await server.next()), ['a@x'])
  })

  test('of different people share nothing', async (t) => {
    const { server, clock } = await start(t)
    const origin = new Origin()
    for (const owner of ['me@x', 'you@x']) {
      new Watcher(server, clock, { neighbourhood: origin.openTab().neighbourhood }, owner).observe('a@x')
    }
    await settle(clock)
    const owners = [await server.next(), await server.next()].map(({ headers }) =>
      Buffer.from(headers.authorization?.slice('Bearer '.length) ?? '', 'base64url').toString(),
    )
    assert.deepEqual(owners.sort(), ['1:me@x:S', '1:you@x:S'])
  })

  test('have a stream each where locks are forbidden', async (t) => {
    const { server, clock } = await start(t)
    const { neighbourhood } = new Origin().openTab()
    const forbidden = { ...neighbourhood, locks: { request: () => Promise.reject(new Error('SecurityError')) } }
    new Watcher(server, clock, { neighbourhood: forbidden }).observe('a@x')
    await settle(clock)
    assert.deepEqual(usersOf(await server.next()), ['a@x'])
  })

  /** Three tabs that watch a@x and know it as away; the first of them leads. Their clocks are their own. */
  async function threeTabs(t: TestContext) {
    const server = await startStreamServer(t)
    const origin = new Origin()
    const tabs = [1, 2, 3].map(() => {
      const tab = origin.openTab()
      const clock = new ManualClock()
      const watcher = new Watcher(server, clock, { neighbourhood: tab.neighbourhood, page: tab.page })
      watcher.observe('a@x')
      return { tab, clock, watcher }
    })
    for (const { clock } of tabs) await settle(clock)
    const stream = await server.next()
    stream.stream(sse('presence', documentOf('a@x', 'away')), sse('ready', {}, 'e:1'))
    for (const { watcher } of tabs) await watcher.until('a@x', 'away')
    const [first, second, third] = tabs
    assert.ok(first && second && third)
    /** Time passes in all tabs that are not suspended. */
    const pass = async (milliseconds: number, among = [second, third]) => {
      for (let passed = 0; passed < milliseconds; passed += 1_000) {
        for (const { clock } of among) clock.advance(1_000)
        await setImmediate()
      }
    }
    return { server, stream, first, second, third, pass }
  }

  test('take over when the leading tab is suspended, and it follows when it wakes up, without anybody going back', async (t) => {
    const { server, stream, first, second, third, pass } = await threeTabs(t)
    first.tab.suspend()
    await pass(51_000)
    const taken = await server.next()
    taken.stream(sse('presence', documentOf('a@x', 'available')), sse('ready', {}, 'e:9'))
    for (const { watcher } of [second, third]) await watcher.until('a@x', 'available')
    // What came while it slept, and is old by now, is the first that it reads.
    stream.write(sse('presence', documentOf('a@x', 'busy'), 'e:2'))
    await first.watcher.until('a@x', 'busy')
    first.tab.resume()
    await first.watcher.until('a@x', 'available')
    await stream.gone
    taken.write(sse('presence', documentOf('a@x', 'unavailable'), 'e:10'))
    for (const { watcher } of [first, second, third]) await watcher.until('a@x', 'unavailable')
    for (const { watcher } of [second, third]) assert.ok(!watcher.told.some(({ status }) => status === 'busy'))
    const last = first.watcher.told.slice(-1)
    assert.deepEqual(last, [{ user: 'a@x', status: 'unavailable', live: true }])
    assert.equal(server.count, 2)
  })

  test('leave a leading tab alone that answers, however long nothing changes', async (t) => {
    const { server, pass } = await threeTabs(t)
    // A browser may hold back the timers of a leading tab that nobody looks at.
    await pass(120_000)
    assert.equal(server.count, 1)
  })

  test('whose person changes leave the others and go on as the new one', async (t) => {
    const { server, clock } = await start(t)
    const origin = new Origin()
    let owner = 'me@x'
    const watchers = [1, 2].map(() => {
      const neighbourhood = origin.openTab().neighbourhood
      const surroundings = { ...clockOf(clock), neighbourhood }
      const client = new PresenceClient({ url: server.url, token: () => `1:${owner}:S`, surroundings })
      client.observe('a@x', () => undefined)
      return client
    })
    await settle(clock)
    const first = await server.next()
    first.stream(sse('ready', {}, 'e:1'))
    owner = 'you@x'
    // Any request shows whose tab it is now.
    const asked = watchers[0]?.get('a@x')
    const get = await server.next()
    get.response.end(JSON.stringify(documentOf('a@x', 'busy')))
    await asked
    await first.gone
    for (let round = 0; round < 3; round += 1) await settle(clock)
    const { headers } = await server.next()
    const token = Buffer.from(headers.authorization?.slice('Bearer '.length) ?? '', 'base64url').toString()
    assert.equal(token, '1:you@x:S')
  })
})
