// Many clients that send their requests a byte at a time, as a process of its own: node slow-clients.ts PORT HEADERS BODIES.
// It says "open N" when all are, on SIGUSR2 "alive N", and "ended N: 408 M" when all were ended by the server.
import { connect } from 'node:net'

const [port = 0, headers = 0, bodies = 0] = process.argv.slice(2).map(Number)
/** Between two bytes of a client, in milliseconds: this is what makes it slow. */
const PACE = 1_000

const HEAD = 'PUT / HTTP/1.1\r\nHost: x\r\n'
const total = headers + bodies
let open = 0
let ended = 0
let timedOut = 0

function slow(start: string): void {
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(start)
    const drip = setInterval(() => socket.write('x'), PACE)
    socket.once('close', () => clearInterval(drip))
    open += 1
    if (open === total) console.log(`open ${open}`)
  })
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
  })
  // The server may have closed already when the next byte goes out.
  socket.on('error', () => {})
  socket.once('close', () => {
    ended += 1
    if (answer.startsWith('HTTP/1.1 408 ')) timedOut += 1
    if (ended === total) console.log(`ended ${ended}: 408 ${timedOut}`)
  })
}

process.on('SIGUSR2', () => console.log(`alive ${total - ended}`))
for (let count = 0; count < headers; count += 1) slow(`${HEAD}X: `)
for (let count = 0; count < bodies; count += 1) slow(`${HEAD}Content-Length: 100000\r\n\r\n{`)
