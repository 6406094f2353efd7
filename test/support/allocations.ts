// How many bytes the daemon allocates for one request, through the real HTTP stack and store: a figure that no load of the machine changes.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '../../bench/soak/connection.ts'
import { createToken } from '../../src/core/tokens.ts'

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname
const PROBE = new URL('allocation-probe.mjs', import.meta.url).href
const SECRET = 'a secret of the tests'

/**
 * The young generation is so large that nothing is collected within a run: then what the heap has grown by is exactly what was allocated.
 * And nothing is optimized, since when that happens depends on time, and optimized code allocates less.
 */
const NODE = [
  '--expose-gc',
  '--min-semi-space-size=128',
  '--max-semi-space-size=128',
  '--no-opt',
  '--no-memory-reducer',
]

/** A question that comes again is remembered at its second time, so the first two rounds are not like those that follow. */
const WARMING = 2
const ROUNDS = 4
/** A round in which garbage was collected nevertheless says nothing, and is repeated. */
const ATTEMPTS = 5
const USERS = 100

/** By the name of the request. */
export type Figures = Readonly<Record<string, number>>

interface Work {
  readonly method: 'GET' | 'PUT'
  readonly users: number
  /** In a round. */
  readonly requests: number
  /** Other users in each round. */
  readonly fresh?: boolean
}

const WORKS: Readonly<Record<string, Work>> = {
  'GET of 1 user': { method: 'GET', users: 1, requests: 200 },
  'GET of 50 users': { method: 'GET', users: 50, requests: 100 },
  'GET of 50 other users': { method: 'GET', users: 50, requests: 100, fresh: true },
  'PUT of 1 user': { method: 'PUT', users: 1, requests: 200 },
}

/**
 * Bytes for a request of each kind; rejects when a request fails, or garbage was collected meanwhile. What else the daemon does in a round
 * (a timer goes off, say) can only add something, so the least of all rounds counts.
 */
export async function allocations(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'presence-allocations-'))
  const { child, connection } = await start(folder)
  try {
    // One for all, or no question would ever come again.
    const token = createToken(SECRET, 'tests@example.test', Date.now() / 1000)
    const figures: Record<string, number> = {}
    for (const [name, work] of Object.entries(WORKS)) {
      const rounds: number[] = []
      for (let number = 0; number < WARMING + ROUNDS; number += 1) {
        rounds.push(await round(child, connection, requestsOf(work, number, token)))
      }
      figures[name] = Math.round(Math.min(...rounds.slice(WARMING)))
    }
    return figures
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Started {
  readonly child: ChildProcess
  readonly connection: Connection
}

async function start(folder: string): Promise<Started> {
  mkdirSync(join(folder, 'data'))
  const file = join(folder, 'presence.cfg')
  const lines = {
    ...{ data_path: join(folder, 'data'), server_port: 0, server_secret_key: SECRET, plugins: 'spreed' },
    ...{ run_as_user: '', run_as_group: '', pid_file: '', running_path: '', log_level: 'info' },
    // The disk has no part in this.
    ...{ store_sync: 'no', spreed_auto_unavailable: 600 },
  }
  const text = Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`)
  writeFileSync(file, text.join(''), { mode: 0o600 })
  const execArgv = [...NODE, '--import', import.meta.resolve('tsx'), '--import', PROBE]
  const child = fork(MAIN, ['serve', '-C', file], { cwd: folder, execArgv, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  process.once('exit', () => child.kill('SIGKILL'))
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (part: string) => {
        said += part
        const [, url] = /listening on (http:\S+)\s/.exec(said) ?? []
        if (url !== undefined) resolve(url)
      })
    }
    child.once('exit', () => reject(new Error(`the daemon has ended:\n${said}`)))
  })
  return { child, connection: new Connection(new URL(url)) }
}

function requestsOf(
  { method, users, requests, fresh = false }: Work,
  round: number,
  AuthenticationToken: string,
): readonly string[] {
  return Array.from({ length: requests }, (_, turn) => {
    const UserStatus = Array.from({ length: users }, (_, index) => {
      const user_id = `user${1_000 + ((turn + index) % USERS)}${fresh ? round : ''}@example.test`
      const spreed = { status: turn % 2 === 0 ? 'away' : 'available', message: `message ${1_000 + turn}` }
      return method === 'GET' ? { user_id } : { user_id, spreed }
    })
    const body = JSON.stringify({ AuthenticationToken, Type: 'UserStatus', UserStatus })
    return `${method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  })
}

interface Heap {
  readonly used: number
  readonly collections: number
}

/** Bytes for each of these requests, sent one after the other on one connection. */
async function round(child: ChildProcess, connection: Connection, requests: readonly string[]): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = await heap(child, 'collect')
    for (const request of requests) {
      const outcome = await new Promise((resolve) => connection.ask(request, resolve))
      if (outcome !== 200) throw new Error(`a request of the measurement was answered: ${outcome}`)
    }
    const after = await heap(child, 'tell')
    if (after.collections === before.collections) return (after.used - before.used) / requests.length
  }
  throw new Error(`garbage was collected in each of ${ATTEMPTS} rounds, so what was allocated can't be told`)
}

async function heap(child: ChildProcess, word: 'collect' | 'tell'): Promise<Heap> {
  const ended = new AbortController()
  const end = (): void => ended.abort(new Error('the daemon has ended in the middle of the measurement'))
  child.once('exit', end)
  try {
    const answered = once(child, 'message', { signal: ended.signal })
    child.send(word)
    return ((await answered) as [Heap])[0]
  } finally {
    child.off('exit', end)
  }
}

/** What was recorded, by the major version of Node: each has its own HTTP and its own JavaScript engine. */
export type Recorded = Readonly<Record<string, Figures>>

export const RECORDED = join(import.meta.dirname, '../e2e/allocations.json')
/** By how much a figure may grow. */
const ROOM = 1.1
const HOW = 'If that is what it has to cost, record the figures anew: npm run allocations -- --record'

/** A sentence for every figure that has grown too much, or is not known yet. */
export function growth(found: Figures, recorded: Figures): string[] {
  return Object.entries(found).flatMap(([name, bytes]) => {
    const before = recorded[name]
    if (before === undefined) return [`What a ${name} allocates was never recorded. ${HOW}`]
    if (bytes <= ROOM * before) return []
    const percent = Math.round(100 * (bytes / before - 1))
    return [`A ${name} allocates ${bytes} bytes, ${percent} % more than the ${before} that were recorded. ${HOW}`]
  })
}

export function recorded(): Recorded {
  return JSON.parse(readFileSync(RECORDED, 'utf8')) as Recorded
}

export const thisNode = (): string => process.versions.node.split('.')[0] ?? ''
