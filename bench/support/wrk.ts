// A load by wrk: the same requests over and over on some connections, and what came of them.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Load {
  readonly url: string
  readonly method: string
  /** Sent in turn. */
  readonly bodies: readonly string[]
  readonly connections: number
  readonly seconds: number
}

/** Of the answers of one load: a second, and how long the slowest of a hundred took in milliseconds. */
export interface LoadResult {
  readonly rate: number
  readonly p99: number
}

/** Lua's long brackets take any text that has no such bracket in it. */
const BRACKET = '======'

/** Rejects when a request failed: figures of a load that went wrong mean nothing. */
export async function load({ url, method, bodies, connections, seconds }: Load): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-bench-'))
  try {
    const script = join(folder, 'load.lua')
    writeFileSync(script, luaOf(method, bodies))
    const output = await run(['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script, url])
    const [, done, errors, microseconds] = /^figures (\d+) (\d+) (\d+)/m.exec(output) ?? []
    if (done === undefined || errors !== '0') throw new Error(`the load failed:\n${output}`)
    return { rate: Number(done) / seconds, p99: Number(microseconds) / 1000 }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function luaOf(method: string, bodies: readonly string[]): string {
  const quoted = bodies.map((body) => `[${BRACKET}[${body}]${BRACKET}]`)
  return `
local requests, at = {}, 0
function init()
  for index, body in ipairs({ ${quoted.join(',\n')} }) do requests[index] = wrk.format("${method}", "/", {}, body) end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("figures %d %d %d\\n", summary.requests, e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(99)))
end
`
}

function run(words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('wrk', words, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
    })
    child.once('error', reject)
    child.once('close', () => resolve(output))
  })
}
