// The two servers that are compared: the built daemon and the bare one, each a process of its own.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createToken } from '../../src/core/tokens.ts'
import { type Child, startChild } from '../../test/support/children.ts'

export const SECRET = 'a secret of the measurements'

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname
/** A busy machine may take its time, and several start at once. Milliseconds. */
const START_TIMEOUT = 120_000
const BARE = new URL('bare-server.ts', import.meta.url).pathname
const FRONT = new URL('redis-front.ts', import.meta.url).pathname

export interface Server {
  readonly url: string
  readonly pid: number
  readonly process: Child
  stop(): Promise<void>
}

/** Words for Node before a program, what its environment has besides, and a program that starts it in its own place (`taskset`). */
export interface Starting {
  readonly node?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly through?: readonly string[]
}

export interface DaemonOptions extends Starting {
  /** Lines of presence.cfg beside its defaults. */
  readonly config?: Readonly<Record<string, string | number>>
}

export function token(userId = 'bench@example.com'): string {
  return createToken(SECRET, userId, Date.now() / 1000)
}

/** The daemon as it is built, on data of its own below TMPDIR. */
export async function startBuiltDaemon({ config = {}, ...starting }: DaemonOptions = {}): Promise<Server> {
  if (!existsSync(MAIN)) throw new Error('there is no build to measure; run "npm run build" first')
  const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-bench-'))
  const lines = {
    ...{ data_path: join(folder, 'data'), server_port: 0, server_secret_key: SECRET, log_level: 'notice' },
    ...{ run_as_user: '', run_as_group: '', pid_file: '', running_path: '' },
    ...config,
  }
  const file = join(folder, 'presence.cfg')
  const text = Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`)
  writeFileSync(file, text.join(''), { mode: 0o600 })
  const child = await start([MAIN, 'serve', '-C', file], folder, starting)
  return listening(child, () => rmSync(folder, { recursive: true }))
}

export async function startBareServer({ node = [], env = {}, through = [] }: Starting = {}): Promise<Server> {
  const starting = {
    node: ['--import', import.meta.resolve('tsx'), ...node],
    env: { ...env, BARE_SECRET: SECRET },
    through,
  }
  return listening(await start([BARE], tmpdir(), starting))
}

/** Redis behind Node; the environment tells where Redis is. */
export async function startFront({ node = [], ...starting }: Starting): Promise<Server> {
  const words = ['--import', import.meta.resolve('tsx'), ...node]
  return listening(await start([FRONT], tmpdir(), { ...starting, node: words }))
}

function start(words: readonly string[], cwd: string, { node = [], env = {}, through = [] }: Starting): Promise<Child> {
  const [program = '', ...args] = [...through, process.execPath, ...node, ...words]
  return startChild(program, args, { cwd, env })
}

async function listening(child: Child, tidyUp: () => void = () => {}): Promise<Server> {
  const [, url = ''] = await child.waitForLine(/listening on (http:\S+)/, { timeout: START_TIMEOUT })
  const stop = async (): Promise<void> => {
    await child.end()
    tidyUp()
  }
  return { url, pid: child.pid, process: child, stop }
}
