// Between browsers and the daemon: passes every request on and counts the streams that are open.
import { request as ask, createServer } from 'node:http'
import { listenOnLoopback } from './loopback.ts'

export interface CountingProxy {
  readonly url: string
  /** The streams that are open now: how many users each of them was asked for, and by whose token. */
  readonly streams: readonly { readonly users: number; readonly owner: string }[]
  /** How many streams were opened so far. */
  readonly opened: number
}

interface Stream {
  readonly users: number
  readonly owner: string
}

/** Listens until after the test. `target` is asked at each request, since a daemon that comes back has another port. */
export async function startCountingProxy(
  t: { after(cleanUp: () => void): void },
  target: () => string,
): Promise<CountingProxy> {
  const streams = new Set<Stream>()
  let opened = 0
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const { method = '', url = '', headers } = request
    const passed = ask(new URL(url, target()), { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      if (/^text\/event-stream/.test(answer.headers['content-type'] ?? '')) {
        const stream = { users: usersIn(body), owner: ownerIn(headers.authorization) }
        streams.add(stream)
        opened += 1
        response.once('close', () => streams.delete(stream))
        response.flushHeaders()
      }
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    passed.on('error', () => response.destroy())
    response.once('close', () => passed.destroy())
    passed.end(body)
  })
  const port = await listenOnLoopback(t, server)
  return {
    url: `http://127.0.0.1:${port}`,
    get streams() {
      return [...streams]
    },
    get opened() {
      return opened
    },
  }
}

function usersIn(body: Buffer): number {
  const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString())
  const users = typeof value === 'object' && value !== null && 'user_ids' in value ? value.user_ids : undefined
  return Array.isArray(users) ? users.length : 0
}

/** As the client sends its token: in base64url. */
function ownerIn(authorization = ''): string {
  const [, owner = ''] = Buffer.from(authorization.replace('Bearer ', ''), 'base64url').toString().split(':')
  return owner
}
