// Asks the server under test over connections that are kept, and looks at what every answer has to keep.
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import type { Answer } from '../support/http-site.ts'

export interface Question {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export class Asker {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 })

  close(): void {
    this.#agent.destroy()
  }

  /** The answer; of an endless one its head. */
  ask(url: string, { method, path, headers, body }: Question): Promise<Answer> {
    const { hostname, port } = new URL(url)
    return new Promise((resolve, reject) => {
      const all = { ...headers, 'content-length': String(body.length) }
      const asked = request({ hostname, port, path, method, headers: all, agent: this.#agent }, (answer) => {
        const status = answer.statusCode ?? 0
        const chunks: Buffer[] = []
        const done = () => resolve({ status, headers: answer.headers, body: Buffer.concat(chunks).toString() })
        if (answer.headers['content-type']?.startsWith('text/event-stream') === true) {
          done()
          asked.destroy()
          return
        }
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.once('error', reject)
        answer.once('end', done)
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }
}

/** The status of an answer that keeps the promises which all answers make: one of these, and a problem document where it refuses. */
export function soundStatus({ status, headers, body }: Answer, allowed: readonly number[]): number {
  assert.ok(allowed.includes(status), `${status} ${body}`)
  assert.equal(headers['cache-control'], 'private, no-store')
  if (status < 400) return status
  assert.equal(headers['content-type'], 'application/problem+json')
  if (body !== '') checkProblem(JSON.parse(body), status)
  return status
}

/** RFC 9457, and what docs/http-api.md adds to it. */
export function checkProblem(problem: unknown, status: number): void {
  assert.ok(typeof problem === 'object' && problem !== null)
  const members = new Map<string, unknown>(Object.entries(problem))
  assert.equal(members.get('status'), status)
  for (const name of ['type', 'title', 'detail']) assert.equal(typeof members.get(name), 'string', name)
  assert.match(String(members.get('detail')), /[a-z].*\.$/s)
  const pointer = members.get('pointer')
  if (pointer !== undefined) assert.match(String(pointer), /^(\/([^~/]|~[01])*)*$/s)
}
