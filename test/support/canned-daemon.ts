// An HTTP server with prepared answers, which remembers what it was asked.
import { createServer } from 'node:http'
import type { TestContext } from 'node:test'
import { listenOnLoopback } from './loopback.ts'

export interface AskedRequest {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly authorization: string | undefined
  readonly body: string
}

export interface CannedAnswer {
  readonly status?: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface CannedDaemon {
  readonly url: string
  readonly port: number
  readonly asked: readonly AskedRequest[]
}

/** Listens on a free port of loopback until the test ends. */
export async function startCannedDaemon(
  t: TestContext,
  answer: (request: AskedRequest) => CannedAnswer,
): Promise<CannedDaemon> {
  const asked: AskedRequest[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    request.setEncoding('utf8')
    for await (const chunk of request) body += String(chunk)
    const { method, url } = request
    const remembered = { method, url, authorization: request.headers.authorization, body }
    asked.push(remembered)
    const { status = 200, type = 'application/json', headers = {}, body: text = '' } = answer(remembered)
    response.writeHead(status, { 'content-type': type, ...headers }).end(text)
  })
  const port = await listenOnLoopback(t, server)
  return { url: `http://127.0.0.1:${port}`, port, asked }
}

/** The token in an Authorization header, which came as base64url. */
export function tokenOf(request: AskedRequest | undefined): string {
  const [, encoded = ''] = /^Bearer ([\w-]+)$/.exec(request?.authorization ?? '') ?? []
  return Buffer.from(encoded, 'base64url').toString('utf8')
}
