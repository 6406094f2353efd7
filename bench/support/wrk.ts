// A load by wrk: the same requests over and over on some connections, and what came of them.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FOR_LOAD } from './cores.ts'

/** A request to another path than `/`; an empty body is none. */
export interface Question {
  readonly path: string
  readonly body: string
}

/** Either whole ones, sent in turn; or each made when it is sent, of some parts at random, so that hardly any comes twice. */
export type Bodies =
  | readonly (string | Question)[]
  | { readonly begin: string; readonly parts: readonly string[]; readonly count: number; readonly end: string }

export interface Load {
  readonly url: string
  readonly method: string
  readonly bodies: Bodies
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

function luaOf(method: string, bodies: Bodies): string {
  return `
${'parts' in bodies ? making(method, bodies) : turns(method, bodies)}
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("figures %d %d %d\\n", summary.requests, e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(99)))
end
`
}

const quoted = (text: string): string => `[${BRACKET}[${text}]${BRACKET}]`

function turns(method: string, bodies: readonly (string | Question)[]): string {
  const formats = bodies.map((one) => {
    const { path, body } = typeof one === 'string' ? { path: '/', body: one } : one
    return `{ ${quoted(path)}, ${body === '' ? 'nil' : quoted(body)} }`
  })
  return `
local requests, at = {}, 0
function init()
  for index, one in ipairs({ ${formats.join(',\n')} }) do requests[index] = wrk.format("${method}", one[1], {}, one[2]) end
end
function request()
  at = at % #requests + 1
  return requests[at]
end`
}

function making(method: string, { begin, parts, count, end }: Exclude<Bodies, readonly unknown[]>): string {
  return `
local parts = { ${parts.map(quoted).join(',\n')} }
local chosen = {}
function request()
  for index = 1, ${count} do chosen[index] = parts[math.random(#parts)] end
  return wrk.format("${method}", "/", {}, ${quoted(begin)} .. table.concat(chosen, ",") .. ${quoted(end)})
end`
}

function run(words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const [program = '', ...args] = [...FOR_LOAD, 'wrk', ...words]
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
    })
    child.once('error', reject)
    child.once('close', () => resolve(output))
  })
}
