// The stream on any socket: letters split between chunks, and an end that happens once.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { BoundedParser, PIECE, TOKEN_LIMIT } from '../../../../src/plugins/xmpp/bounded-parser.ts'
import { XmlParser } from '../../../../src/plugins/xmpp/library.ts'
import { readPresence } from '../../../../src/plugins/xmpp/stanza.ts'
import { ClientStream } from '../../../../src/plugins/xmpp/stream.ts'

const OPEN = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

/** An open stream, and the server's end of it. */
function open() {
  const stream = new ClientStream({ domain: 'a.test', account: 'bot@a.test', source: 'xmpp' })
  const socket = new PassThrough()
  stream._attachSocket(socket)
  stream._attachParser(new BoundedParser())
  stream._onData(OPEN)
  return { stream, socket }
}

test('a text that arrives octet by octet is undamaged', async () => {
  const { stream, socket } = open()
  const messages: (string | undefined)[] = []
  stream.listener = { presence: (element) => messages.push(readPresence(element)?.message) }
  for (const octet of Buffer.from("<presence from='u@a.test/1'><status>会議中 😀</status></presence>")) {
    socket.write(Buffer.of(octet))
  }
  socket.end()
  await once(socket, 'end')
  assert.deepEqual(messages, ['会議中 😀'])
})

test('only the first reason counts, and nothing is read after it', async () => {
  const { stream } = open()
  let heard = 0
  stream.listener = { presence: () => heard++ }
  stream.fail(new Error('first'))
  stream.fail(new Error('second'))
  stream.emit('error', new Error('third'))
  stream._onData("<presence from='u@a.test/1'/>")
  await assert.rejects(stream.ended, /first/)
  assert.equal(heard, 0)
})

test('an end in the middle of a chunk leaves the rest of it unread', async () => {
  const { stream } = open()
  let heard = 0
  stream.listener = {
    presence: () => {
      heard += 1
      stream.fail(new Error('enough'))
    },
  }
  stream._onData("<presence from='u@a.test/1'/><presence from='u@a.test/2'/>")
  await assert.rejects(stream.ended, /enough/)
  assert.equal(heard, 1)
})

test('a listener that throws ends the session, not the process', async () => {
  const { stream } = open()
  stream.listener = {
    presence: () => {
      throw new Error('a mistake of ours')
    },
  }
  stream._onData("<presence from='u@a.test/1'/>")
  await assert.rejects(stream.ended, /a mistake of ours/)
})

test('the parser of the library gets small pieces, since a long one costs it the square of its length', (t) => {
  const write = t.mock.method(XmlParser.prototype, 'write')
  const { stream } = open()
  const messages: (string | undefined)[] = []
  stream.listener = { presence: (element) => messages.push(readPresence(element)?.message) }
  const text = '🙂x'.repeat(3_000)
  stream._onData(`<presence from='u@a.test/1'><status>${text}</status></presence>`)
  assert.deepEqual(messages, [text])
  assert.ok(write.mock.callCount() > 10)
  for (const { arguments: written } of write.mock.calls) assert.ok(written[0].length <= PIECE)
})

test('a text or an attribute without an end is too long, also while a roster may be longer', async () => {
  for (const beginning of ["<iq a='", '<iq>', '<!--', '<!DOCTYPE ', '<']) {
    const { stream } = open()
    stream.stanzaLimit = 64 * 1024 * 1024
    stream._onData(beginning)
    for (let sent = 0; sent <= TOKEN_LIMIT; sent += 64 * 1024) stream._onData('x'.repeat(64 * 1024))
    await assert.rejects(stream.ended, /stanza that is too long.*without a tag/)
  }
  const { stream } = open()
  stream.stanzaLimit = 64 * 1024 * 1024
  for (const tags of ['<iq>', '<item/>'.repeat(200_000), '</iq>']) stream._onData(tags)
  assert.equal(stream.over, false)
})
