// A process (fork) that holds many open streams of changes, and tells when the last of them has heard a word.
import { createConnection } from 'node:net'

/** So many streams are being opened at the same time. */
const AT_ONCE = 100
/** Longer than any event of the measurements, in characters. */
const KEPT = 2048

let streams = []
let [ready, heard, word] = [0, 0, '']

function open({ host, port }, asked) {
  streams = asked
  const queue = asked.values()
  const next = () => {
    const { value, done } = queue.next()
    if (!done) read({ host, port, ...value }, next)
  }
  for (let index = 0; index < AT_ONCE; index += 1) next()
}

function read({ host, port, path, token }, next) {
  const socket = createConnection({ host, port })
  let isReady = false
  let text = ''
  socket.setEncoding('latin1')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  socket.on('data', (chunk) => {
    text = (text + chunk).slice(-KEPT)
    if (!isReady && text.includes('event: ready')) {
      isReady = true
      text = ''
      ready += 1
      if (ready === streams.length) process.send({ ready })
      next()
    } else if (isReady && word !== '' && text.includes(word)) {
      text = ''
      heard += 1
      if (heard === streams.length) process.send({ heard, at: Date.now() })
    }
  })
  socket.on('close', () => process.send({ error: `a stream was closed after: ${text.slice(-300)}` }))
  socket.on('error', (error) => process.send({ error: String(error) }))
}

process.on('message', (order) => {
  if (order.open !== undefined) open(order.open.server, order.open.streams)
  if (order.listen === undefined) return
  ;[word, heard] = [order.listen, 0]
  process.send({ listening: word })
})
process.on('disconnect', () => process.exit())
