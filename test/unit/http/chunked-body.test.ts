// The pieces of an endless answer arrive whole and in order, whatever the client speaks and however it reads.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { ChunkedBody } from '../../../src/http/chunked-body.ts'

/** A server that leaves its answers to the test, and a client of it. */
async function start(t: { after(cleanUp: () => void): void }, requests: string) {
  const answers: ServerResponse[] = []
  const server = createServer((_request, response) => answers.push(response)).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1', () => client.write(requests))
  t.after(() => client.destroy())
  const count = requests.split('HTTP/').length - 1
  while (answers.length < count) await once(server, 'request')
  return { client, answers }
}

/** Reads on until the text ends so. */
function readUntil(client: Socket, end: string): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const read = (bytes: Buffer): void => {
      text += bytes.toString()
      if (!text.endsWith(end)) return
      client.off('data', read)
      resolve(text)
    }
    client.on('data', read)
  })
}

const get = (version: string): string => `GET / HTTP/${version}\r\nHost: x\r\n\r\n`

test('each piece is one chunk, of as many bytes as it has', async (t) => {
  const { client, answers } = await start(t, get('1.1'))
  const [response] = answers
  assert.ok(response)
  response.flushHeaders()
  const body = new ChunkedBody(response, () => {})
  assert.equal(body.write('one'), true)
  body.write('zwei: ä€😀')
  const closed = once(response, 'close')
  response.end('end')
  const text = await readUntil(client, '0\r\n\r\n')
  assert.match(text, /\r\n\r\n3\r\none\r\nf\r\nzwei: ä€😀\r\n3\r\nend\r\n0\r\n\r\n$/)
  await closed
  // What the next request of the connection is answered is no affair of this one.
  assert.equal(response.req.socket.listenerCount('drain'), 1)
})

test('HTTP/1.0 gets the pieces without chunks, and the end of the connection', async (t) => {
  const { client, answers } = await start(t, get('1.0'))
  const [response] = answers
  assert.ok(response)
  response.flushHeaders()
  const body = new ChunkedBody(response, () => {})
  body.write('one,')
  body.write('two')
  const text = readUntil(client, 'one,two.')
  response.end('.')
  assert.match(await text, /\r\n\r\none,two\.$/)
})

test('behind a request that is not answered yet the pieces wait their turn', async (t) => {
  const { client, answers } = await start(t, get('1.1') + get('1.1'))
  const [first, second] = answers
  assert.ok(first && second)
  second.flushHeaders()
  const body = new ChunkedBody(second, () => {})
  body.write('one')
  const text = readUntil(client, '3\r\ntwo\r\n')
  first.end('first')
  await once(first, 'close')
  body.write('two')
  assert.match(await text, /first.*\r\n\r\n3\r\none\r\n3\r\ntwo\r\n$/s)
})

test('a reader who stops is waited for, and it is told when they go on', async (t) => {
  const { client, answers } = await start(t, get('1.1'))
  const [response] = answers
  assert.ok(response)
  response.flushHeaders()
  client.pause()
  const piece = 'x'.repeat(64 * 1024)
  const drained = new Promise<void>((resolve) => {
    const body = new ChunkedBody(response, resolve)
    while (body.write(piece)) {}
    assert.equal(body.isFull, true)
  })
  client.resume()
  await drained
})
