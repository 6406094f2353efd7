// Reload and stop while clients ask as fast as they can: nothing fails, and nothing that was answered is lost.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startChild } from '../support/children.ts'
import { startDaemon } from '../support/daemon.ts'

const CONFIG = { plugins: 'spreed', server_token_expire: 60 }
const CLIENTS = 16

test('100 reloads while wrk asks and publishes: not one request fails', async (context) => {
  const daemon = await startDaemon({ config: CONFIG })
  context.after(() => daemon.stop())
  const body = JSON.stringify({
    AuthenticationToken: daemon.token(),
    Type: 'UserStatus',
    UserStatus: [{ user_id: 'ada@example.test', spreed: { status: 'busy', message: 'writing' } }],
  })
  const script = `${daemon.folder}/load.lua`
  writeFileSync(
    script,
    `local count = 0
function request()
  count = count + 1
  return wrk.format(count % 4 == 0 and "PUT" or "GET", "/", {}, [[${body}]])
end
`,
  )
  // It prints its summary when it is interrupted.
  const wrk = await startChild('wrk', ['-t1', `-c${CLIENTS}`, '-d600s', '-s', script, daemon.url])
  context.after(() => wrk.end('SIGKILL'))
  await daemon.until(
    () => daemon.document('ada@example.test'),
    ({ status }) => status === 'busy',
  )
  for (let round = 0; round < 100; round += 1) {
    const after = daemon.logLines.length
    daemon.signal('SIGHUP')
    await daemon.waitForLog(/reloaded presence\.cfg/, { after })
  }
  await wrk.end('SIGINT', 30_000)
  const summary = wrk.lines.join('\n')
  const [, requests = '0'] = /(\d+) requests in/.exec(summary) ?? []
  context.diagnostic(`${requests} requests`)
  assert.ok(Number(requests) > 100, summary)
  assert.doesNotMatch(summary, /Socket errors|Non-2xx/)
  await daemon.put([{ user_id: 'eva@example.test', spreed: { status: 'away', message: '' } }])
})

interface Outcome {
  readonly status: number
  readonly retryAfter: string | undefined
}

/** Publishes on one connection until it is refused or the connection ends; tells of an answer that was cut. */
async function publish(url: string, token: string, user: string, kept: Map<string, string>): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    for (let count = 0; ; count += 1) {
      const message = `${user} ${count}`
      const entries = [{ user_id: user, spreed: { status: 'busy', message } }]
      const body = JSON.stringify({ AuthenticationToken: token, Type: 'UserStatus', UserStatus: entries })
      const outcome = await new Promise<Outcome | string>((resolve) => {
        const asked = request(url, { agent, method: 'PUT', headers: { 'content-length': body.length } }, (answer) => {
          const { statusCode: status = 0, headers } = answer
          answer.resume()
          answer.once('error', () => resolve('an answer was cut'))
          answer.once('end', () => resolve({ status, retryAfter: headers['retry-after'] }))
        })
        asked.once('error', (error: NodeJS.ErrnoException) => resolve(`${error.code}`))
        asked.end(body)
      })
      if (typeof outcome === 'string') return outcome
      if (outcome.status !== 200)
        return `${outcome.status} ${outcome.retryAfter === undefined ? '' : 'with Retry-After'}`
      kept.set(user, message)
    }
  } finally {
    agent.destroy()
  }
}

test('SIGTERM under load: what was answered is kept, streams end whole, and it exits with 0', async (context) => {
  const daemon = await startDaemon({ config: CONFIG })
  context.after(() => daemon.stop())
  const token = daemon.token()
  const port = Number(new URL(daemon.url).port)
  const head = `Host: x\r\nAuthorization: Bearer ${token}\r\n`

  const stream = connect(port, '127.0.0.1')
  let streamed = ''
  stream.on('data', (chunk) => {
    streamed += chunk
  })
  const streamEnded = new Promise((resolve) => stream.once('close', resolve))
  const ready = new Promise<void>((resolve) => {
    stream.on('data', () => {
      if (streamed.includes('event: ready')) resolve()
    })
  })
  stream.write(`GET /v1/watch HTTP/1.1\r\n${head}\r\n`)
  await ready
  // One that sends no more of its body, and one that is stopped and reads nothing of what it watches.
  const slow = connect(port, '127.0.0.1')
  slow.on('error', () => undefined)
  slow.write(`PUT / HTTP/1.1\r\n${head}Content-Length: 1000\r\n\r\n{`)
  const script = `require('node:net').connect(${port}, '127.0.0.1', function () { this.write(${JSON.stringify(`GET /v1/watch HTTP/1.1\r\n${head}\r\n`)}) }).once('data', () => console.log('watches')).on('error', () => {})`
  const stopped = await startChild(process.execPath, ['-e', script])
  context.after(() => stopped.end('SIGKILL'))
  await stopped.waitForLine(/watches/)
  stopped.signal('SIGSTOP')

  const kept = new Map<string, string>()
  const users = Array.from({ length: CLIENTS }, (_, index) => `user${index}@example.test`)
  const publishing = users.map((user) => publish(daemon.url, token, user, kept))
  await daemon.until(
    () => Promise.resolve(kept.size),
    (size) => size === users.length,
  )
  const begun = performance.now()
  assert.deepEqual(await daemon.end(), { code: 0, signal: null })
  context.diagnostic(`it ended in ${Math.round(performance.now() - begun)} ms`)
  const ends = await Promise.all(publishing)
  context.diagnostic(ends.join(', '))
  // Whoever had asked before was answered whole. Whoever asks later finds nobody, or a connection that is just being closed.
  for (const end of ends) assert.match(end, /^503 with Retry-After$|^ECONNREFUSED$|^ECONNRESET$/)
  await streamEnded
  assert.match(streamed, /\r\n0\r\n\r\n$/)

  await daemon.start()
  for (const { user_id, spreed } of await daemon.get(users)) {
    const { message } = spreed as { message: string }
    // The last that was answered, or one after it that was saved and could not be answered.
    const count = (text = '') => Number(text.split(' ')[1])
    assert.ok(count(message) >= count(kept.get(user_id)), `${user_id}: ${message} after ${kept.get(user_id)}`)
  }
})

test('SIGHUP during the start ends nothing, and counts once it has started', async (context) => {
  const daemon = await startDaemon({ config: CONFIG })
  context.after(() => daemon.stop())
  await daemon.end()
  const after = daemon.logLines.length
  const starting = daemon.start()
  // From its first moment, as soon as its process catches the signal at all (proc(5), SigCgt).
  const isCaught = () => {
    try {
      const [, caught = '0'] = /SigCgt:\s*([0-9a-f]+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8')) ?? []
      return (BigInt(`0x${caught}`) & 1n) === 1n
    } catch {
      return false
    }
  }
  await daemon.until(() => Promise.resolve(isCaught()), Boolean, 60_000)
  for (let count = 0; count < 20; count += 1) {
    daemon.signal('SIGHUP')
    await new Promise((resolve) => setImmediate(resolve))
  }
  await starting
  await daemon.put([{ user_id: 'ada@example.test', spreed: { status: 'busy', message: '' } }])
  const more = daemon.logLines.length
  daemon.signal('SIGHUP')
  await daemon.waitForLog(/reloaded presence\.cfg/, { after: more })
  assert.ok(after < more)
})
