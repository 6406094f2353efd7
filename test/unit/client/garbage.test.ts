// What the client gives up stays given up after a garbage collection, in which Node.js 20 loses what ties a signal to a body.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PresenceClient, UnreachableError } from '../../../src/client/index.ts'
import { collectGarbage } from '../../support/garbage.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { sse, startStreamServer } from '../../support/stream-server.ts'

function clientOf(url: string) {
  const clock = new ManualClock()
  const surroundings = { after: clock.after.bind(clock), now: () => clock.now() }
  return { clock, client: new PresenceClient({ url, token: () => '1:u@x:S', surroundings }) }
}

test('a watch ends with its signal, and its connection with it', async (t) => {
  const server = await startStreamServer(t)
  const { client } = clientOf(server.url)
  const controller = new AbortController()
  const watch = client.watch(undefined, { signal: controller.signal })
  const first = watch.next()
  const request = await server.next()
  request.stream(sse('ready', {}, 'e:1'))
  assert.deepEqual((await first).value, { type: 'ready' })
  const next = watch.next()
  await collectGarbage()
  controller.abort()
  assert.deepEqual(await next, { done: true, value: undefined })
  await request.gone
})

test('a stream that falls silent is given up', async (t) => {
  const server = await startStreamServer(t)
  const { client, clock } = clientOf(server.url)
  const controller = new AbortController()
  t.after(() => controller.abort())
  const watch = client.watch(undefined, { signal: controller.signal })
  const first = watch.next()
  const request = await server.next()
  request.stream(sse('ready', {}, 'e:1'))
  await first
  const next = watch.next()
  await collectGarbage()
  clock.advance(50_000)
  const { value } = await next
  assert.match(value?.type === 'lost' ? value.error.message : '', /^Nothing came from .* for 50 s$/)
  await request.gone
})

test('an answer that stops in the middle is given up', async (t) => {
  const server = await startStreamServer(t)
  const { client, clock } = clientOf(server.url)
  const answer = client.get('u@x')
  answer.catch(() => undefined)
  const request = await server.next()
  request.response.writeHead(200, { 'content-type': 'application/json' })
  request.write('{"user_id":')
  await collectGarbage()
  clock.advance(10_000)
  await assert.rejects(
    answer,
    (error) => error instanceof UnreachableError && /within 10000 ms/.test(String(error.cause)),
  )
  await request.gone
})
