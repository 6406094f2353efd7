// Requests that come on one connection before their predecessors are answered: a few at once, the rest in turn.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** One connection's requests. */
interface Pipeline {
  underWay: number
  /** Read together with those before it, and not begun yet: no more than one read of the socket holds. */
  waiting: (readonly [IncomingMessage, ServerResponse])[]
  /** While too many wait for their answers nothing more is read. */
  held: boolean
  /** The last one that was begun. */
  newest: IncomingMessage | undefined
}

/** A handler that gives this one no more than `limit` requests of one connection at once, and lets others run in between. */
export function inTurn(handler: Handler, limit: number): Handler {
  const pipelines = new WeakMap<Socket, Pipeline>()

  function begin(pipeline: Pipeline, request: IncomingMessage, response: ServerResponse): void {
    pipeline.underWay += 1
    pipeline.newest = request
    const { socket } = request
    response.once('close', () => {
      pipeline.underWay -= 1
      if (pipeline.held) setImmediate(() => goOn(pipeline, socket))
    })
    handler(request, response)
  }

  function goOn(pipeline: Pipeline, socket: Socket): void {
    if (socket.destroyed) pipeline.waiting = []
    while (pipeline.underWay < limit) {
      const next = pipeline.waiting.shift()
      if (next === undefined) break
      begin(pipeline, ...next)
    }
    if (!pipeline.held || pipeline.waiting.length > 0) return
    // One that has not come whole can't be answered before the rest of it is read.
    if (pipeline.underWay >= limit && pipeline.newest?.complete !== false) return
    pipeline.held = false
    socket.resume()
  }

  return (request, response) => {
    const { socket } = request
    let pipeline = pipelines.get(socket)
    if (pipeline === undefined) {
      const made: Pipeline = { underWay: 0, waiting: [], held: false, newest: undefined }
      pipeline = made
      pipelines.set(socket, made)
      // Node.js itself goes on reading when a request is answered.
      socket.on('resume', () => {
        if (made.held) socket.pause()
      })
    }
    if (pipeline.underWay < limit && pipeline.waiting.length === 0) {
      begin(pipeline, request, response)
      return
    }
    pipeline.waiting.push([request, response])
    pipeline.held = true
    socket.pause()
  }
}
