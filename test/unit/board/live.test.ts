// How the board follows the daemon: changes once a frame, the connection's state, and starting anew.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Live } from '../../../src/board/live.ts'
import { ProblemError, UnreachableError, type WatchEvent } from '../../../src/client/index.ts'
import { presence } from '../../support/board-documents.ts'

/** A watch that says what the test does, an injected clock, and frames that the test paints. */
function stage() {
  const streams: Stream[] = []
  const frames: Array<() => void> = []
  const timers: Array<{ readonly milliseconds: number; readonly callback: () => void }> = []
  const clock = { now: 1_000_000 }
  const live = new Live({
    client: {
      watch(_choice, { signal } = {}) {
        const stream = new Stream(signal)
        streams.push(stream)
        return stream.events()
      },
    },
    onFrame: (callback) => frames.push(callback),
    after(milliseconds, callback) {
      const timer = { milliseconds, callback }
      timers.push(timer)
      return () => timers.splice(timers.indexOf(timer), 1)
    },
    now: () => clock.now,
  })
  const paint = () => {
    for (const callback of frames.splice(0)) callback()
  }
  return { live, streams, frames, timers, clock, paint }
}

class Stream {
  readonly signal: AbortSignal | undefined
  #said: Array<WatchEvent | Error> = []
  #wake = () => {}

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal
    signal?.addEventListener('abort', () => this.#wake())
  }

  /** Resolves when the board has heard it. */
  async say(...events: ReadonlyArray<WatchEvent | Error>): Promise<void> {
    this.#said.push(...events)
    this.#wake()
    await setImmediate()
  }

  async *events(): AsyncGenerator<WatchEvent, void, undefined> {
    for (;;) {
      if (this.signal?.aborted) return
      const event = this.#said.shift()
      if (event instanceof Error) throw event
      if (event !== undefined) yield event
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

const READY: WatchEvent = { type: 'ready' }
const told = (id: string, status: 'available' | 'busy' = 'available'): WatchEvent => {
  return { type: 'presence', document: presence(id, status) }
}
const lost = (retryIn: number): WatchEvent => ({
  type: 'lost',
  error: new UnreachableError('The stream broke'),
  retryIn,
})

test('any number of changes before a frame is one change for who listens', async () => {
  const { live, streams, frames, paint } = stage()
  live.start()
  let versions = 0
  live.version.subscribe(() => (versions += 1))
  await streams[0]?.say(told('a@x'), told('b@x'), told('a@x', 'busy'), READY)
  assert.deepEqual([frames.length, versions], [1, 0])
  paint()
  assert.equal(versions, 1)
  assert.deepEqual([live.people.size, live.people.counts.busy, live.link.value.state], [2, 1, 'live'])
})

test('under a storm of changes who listens is told ten times a second at most, and of a single one with the next frame', async () => {
  const { live, streams, frames, timers, clock, paint } = stage()
  live.start()
  await streams[0]?.say(told('a@x'), READY)
  paint()
  clock.now += 40
  await streams[0]?.say(told('a@x', 'busy'), told('b@x'))
  assert.deepEqual([frames.length, timers.map(({ milliseconds }) => milliseconds)], [0, [60]])
  clock.now += 60
  timers.shift()?.callback()
  paint()
  assert.equal(live.version.value, 2)
  clock.now += 100
  await streams[0]?.say(told('b@x', 'busy'))
  assert.deepEqual([frames.length, timers.length], [1, 0])
  paint()
  assert.equal(live.version.value, 3)
})

test('a lost connection is told with when it began, however often it is tried again, and ends by itself', async () => {
  const { live, streams, clock } = stage()
  live.start()
  assert.equal(live.link.value.state, 'connecting')
  await streams[0]?.say(told('a@x'), READY, lost(500))
  const since = clock.now
  const reason = 'The stream broke'
  assert.deepEqual(live.link.value, { state: 'lost', since, retryAt: since + 500, reason })
  clock.now += 600
  await streams[0]?.say(lost(2000))
  assert.deepEqual(live.link.value, { state: 'lost', since, retryAt: clock.now + 2000, reason })
  assert.equal(live.people.size, 1)
  await streams[0]?.say(READY)
  assert.deepEqual(live.link.value, { state: 'live' })
  // The stream has resumed: whoever it did not name again is there still.
  assert.equal(live.people.size, 1)
})

test('starting anew ends the stream before, and leaves out whom the new one does not name', async () => {
  const { live, streams } = stage()
  live.start()
  await streams[0]?.say(told('a@x'), told('b@x'), READY, lost(30_000))
  live.start()
  assert.equal(streams[0]?.signal?.aborted, true)
  await streams[1]?.say(told('b@x'))
  assert.equal(live.people.size, 2)
  await streams[1]?.say(READY)
  assert.deepEqual(
    live.people.ordered().map(({ id }) => id),
    ['b@x'],
  )
  assert.equal(live.link.value.state, 'live')
})

test('a refusal is a lost connection too, and tried again later', async () => {
  const { live, streams, timers } = stage()
  live.start()
  const problem = { type: 'about:blank', title: 'Forbidden', status: 403, detail: 'You may not watch.' }
  await streams[0]?.say(new ProblemError(problem))
  assert.equal(live.link.value.state === 'lost' && live.link.value.reason, 'You may not watch.')
  assert.deepEqual(
    timers.map(({ milliseconds }) => milliseconds),
    [30_000],
  )
  timers[0]?.callback()
  await setImmediate()
  await streams[1]?.say(READY)
  assert.equal(live.link.value.state, 'live')
})

test('stopped, it asks no more', async () => {
  const { live, streams, timers } = stage()
  live.start()
  await streams[0]?.say(new UnreachableError('gone'))
  live.stop()
  await setImmediate()
  assert.deepEqual([streams.length, timers.length], [1, 0])
})
