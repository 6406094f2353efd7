// A reverse proxy that changes nothing and notes what browsers really send, cookies included, of which they tell their own tools little.
import { createServer, request } from 'node:http'
import { listenOnLoopback } from './loopback.ts'

export interface Recorded {
  readonly method: string
  readonly path: string
  /** The header, as the browser has sent it. */
  readonly cookie: string | undefined
  readonly status: number
}

export interface RecordingProxy {
  readonly port: number
  /** What was answered so far. */
  readonly answered: readonly Recorded[]
}

/** Passes everything on to a daemon until after the test: pass its context, or `{ after }` of node:test. */
export async function startRecordingProxy(
  t: { after(cleanUp: () => void): void },
  daemonUrl: string,
): Promise<RecordingProxy> {
  const answered: Recorded[] = []
  const daemon = new URL(daemonUrl)
  const server = createServer((asked, answer) => {
    const { method = '', url = '', headers } = asked
    const passed = request(
      { hostname: daemon.hostname, port: daemon.port, method, path: url, headers, agent: false },
      (reply) => {
        const { statusCode: status = 0 } = reply
        answered.push({ method, path: url, cookie: headers.cookie, status })
        answer.writeHead(status, reply.headers)
        reply.pipe(answer)
      },
    )
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    asked.pipe(passed)
  })
  const port = await listenOnLoopback(t, server)
  return { port, answered }
}
