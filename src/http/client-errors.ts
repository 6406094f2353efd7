// Requests that are not even HTTP, or come too slowly: they get a problem too, by hand, and their connection ends.
import type { Server, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import type { Clock } from '../core/clock.ts'
import { CACHE_CONTROL, PROBLEM_TYPE, Problem } from './problem.ts'

/** How long a connection may take to read its last answer, in milliseconds. */
const FAREWELL = 2_000

/** Tells what to do with what Node's parser refuses (it never gets to a route): a listener for the event `clientError`. */
export function clientErrorHandler(
  server: Server,
  clock: Clock,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  const newest = new WeakMap<Socket, ServerResponse>()
  const ended = new WeakSet<Socket>()

  server.on('request', (request, response) => newest.set(request.socket, response))

  // A tunnel is asked for by a method of its own, which never becomes a request.
  server.on('connect', (_request, socket) => {
    const problem = new Problem(405, 'CONNECT is not served here.', { headers: { Allow: 'GET, HEAD, POST, PUT' } })
    if (!(socket instanceof Socket)) {
      socket.destroy()
      return
    }
    // Node.js lets go of the connection, and what goes wrong on it from now on would end the daemon.
    socket.on('error', () => socket.destroy())
    const response = newest.get(socket)
    const farewell = () => sayFarewell(socket, problem, clock)
    if (response === undefined || response.writableFinished) farewell()
    else response.once('close', farewell)
  })

  return (error, socket) => {
    if (ended.has(socket)) return
    ended.add(socket)
    const response = newest.get(socket)
    const farewell = () => sayFarewell(socket, problemOf(error), clock)
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
    } else if (response === undefined || (response.writableFinished && response.req.complete)) {
      farewell()
    } else if (response.req.complete) {
      // The request before this one is good, and must get its own answer first.
      response.once('close', farewell)
    } else if (response.headersSent) {
      socket.destroy()
    } else {
      farewell()
    }
  }
}

function problemOf(error: NodeJS.ErrnoException): Problem {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem(431, 'The path and the headers together are too large.')
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Problem(413, 'The extensions of the chunks are too large; leave them out.')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem(408, 'The request took too long to arrive; send it again.')
    default:
      return new Problem(400, 'This is not a request in HTTP/1.1 or HTTP/1.0.')
  }
}

/** A last answer, after which the connection ends. */
export function sayFarewell(socket: Socket, problem: Problem, clock: Clock): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = problem.json()
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Cache-Control: ${CACHE_CONTROL}`,
    'Connection: close',
    ...Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  // Closing at once, with bytes of the client unread, could destroy the answer on its way.
  const cancel = clock.after(FAREWELL, () => socket.destroy())
  socket.once('close', cancel)
}
