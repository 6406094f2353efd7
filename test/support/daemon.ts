// Starts the daemon as a real process, as an administrator would, and asks it as clients do.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createToken } from '../../src/core/tokens.ts'
import { type Child, type Exit, startChild } from './children.ts'

export type ConfigLines = Readonly<Record<string, string | number>>

/** One entry of the legacy interface. */
export interface LegacyEntry {
  readonly user_id: string
  readonly [source: string]: unknown
}

export interface Section {
  readonly status: string
  readonly message: string
  readonly since: string
  readonly updated: string
  readonly stale?: boolean
}

/** A document of `/v1/users/`. */
export interface Document {
  readonly status: string
  readonly message: string
  readonly source: string | null
  readonly since: string | null
  readonly stale: boolean
  readonly pending: readonly string[]
  readonly sources: Readonly<Record<string, Section>>
}

export interface Source {
  readonly name: string
  readonly state: string
  readonly since: string
  readonly users: number
  readonly detail: string
}

export interface Answer {
  readonly status: number
  readonly body: string
}

const SECRET = 'a secret of the tests'
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname
const TSX = import.meta.resolve('tsx')
const PATIENCE = 15_000
/** Many may start at once, on a machine that is busy anyway. Milliseconds. */
const START_TIMEOUT = 60_000
/** How long to wait between two questions when something is awaited, in milliseconds. */
const PAUSE = 20

export interface DaemonOptions {
  /** Lines of presence.cfg beside those that every test needs, or instead of them. */
  readonly config?: ConfigLines
  readonly env?: Readonly<Record<string, string>>
  /** A program, with its arguments, that starts the daemon in its own place (`strace -D`, `faketime`). */
  readonly through?: readonly string[]
}

/** Resolves when it answers. */
export async function startDaemon(options: DaemonOptions = {}): Promise<Daemon> {
  const daemon = new Daemon(options)
  try {
    await daemon.start()
  } catch (error) {
    await daemon.stop()
    throw error
  }
  return daemon
}

export class Daemon {
  readonly folder = mkdtempSync(join(tmpdir(), 'presence-daemon-'))
  readonly configFile = join(this.folder, 'presence.cfg')
  /** What its wall clock is ahead of the test's, in seconds. */
  clockAhead = 0
  readonly #env: Readonly<Record<string, string>>
  readonly #through: readonly string[]
  readonly #agent = new Agent({ keepAlive: true })
  readonly #earlier: string[] = []
  #child: Child | undefined
  #url = ''

  constructor({ config = {}, env = {}, through = [] }: DaemonOptions) {
    this.#env = env
    this.#through = through
    this.configure(config)
  }

  /** Writes presence.cfg anew, for the next start or SIGHUP. */
  configure(config: ConfigLines): void {
    const lines: ConfigLines = {
      ...{ data_path: join(this.folder, 'data'), server_port: 0, server_secret_key: SECRET, plugins: 'xmpp spreed' },
      ...{ run_as_user: '', run_as_group: '', pid_file: '', running_path: '', log_level: 'info' },
      ...config,
    }
    const text = Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`)
    writeFileSync(this.configFile, text.join(''), { mode: 0o600 })
  }

  /** Starts it (again), on the data that there are. */
  async start(): Promise<void> {
    const command = [...this.#through, process.execPath, '--import', TSX, MAIN, 'serve', '-C', this.configFile]
    const [program = '', ...words] = command
    this.#child = await startChild(program, words, {
      cwd: this.folder,
      env: this.#env,
    })
    const listening = await this.#child.waitForLine(/listening on ((?:https?:\/\/|unix:)\S+)/, {
      timeout: START_TIMEOUT,
    })
    this.#url = listening[1] ?? ''
  }

  get url(): string {
    return this.#url
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Everything that it logged, over all its lives. */
  get logLines(): readonly string[] {
    return [...this.#earlier, ...(this.#child?.lines ?? [])]
  }

  /** Waits for a line of the running daemon, among those from `after` on (an index into `logLines`). */
  waitForLog(pattern: RegExp, options: { after?: number; timeout?: number } = {}): Promise<RegExpExecArray> {
    if (this.#child === undefined) throw new Error('the daemon does not run')
    const after = Math.max(0, (options.after ?? 0) - this.#earlier.length)
    return this.#child.waitForLine(pattern, { ...options, after })
  }

  token(user = 'tests@example.test'): string {
    return createToken(SECRET, user, Math.floor(Date.now() / 1000) + this.clockAhead)
  }

  /** One HTTP request with a token in the header and, where given, this body. */
  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = { authorization: `Bearer ${this.token()}`, 'content-length': Buffer.byteLength(text) }
    return new Promise((resolve, reject) => {
      const asked = request(new URL(path, this.#url), { method, headers, agent: this.#agent }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      })
      asked.on('error', reject)
      asked.end(text)
    })
  }

  /** Reads users through the legacy interface: GET with a body. */
  async get(users: readonly string[]): Promise<readonly LegacyEntry[]> {
    const UserStatus = users.map((user_id) => ({ user_id }))
    const answer = await this.ask('GET', '/', { Type: 'UserStatus', UserStatus })
    return (parsed(answer) as { UserStatus: LegacyEntry[] }).UserStatus
  }

  /** Publishes through the legacy interface. */
  async put(entries: readonly LegacyEntry[]): Promise<void> {
    succeeded(await this.ask('PUT', '/', { Type: 'UserStatus', UserStatus: entries }))
  }

  async document(user: string): Promise<Document> {
    return parsed(await this.ask('GET', `/v1/users/${encodeURIComponent(user)}`)) as Document
  }

  async sources(): Promise<readonly Source[]> {
    return (parsed(await this.ask('GET', '/v1/sources')) as { sources: Source[] }).sources
  }

  /** Waits until the state of a source is the given one. */
  async sourceIs(state: string, name = 'xmpp', timeout = PATIENCE): Promise<Source> {
    const find = async () => (await this.sources()).find((source) => source.name === name)
    const found = await this.until(find, (source) => source?.state === state, timeout)
    if (found === undefined) throw new Error(`there is no source ${name}`)
    return found
  }

  /** Waits until a user's document is as the test wants it. */
  documentWhen(user: string, fits: (document: Document) => boolean, timeout = PATIENCE): Promise<Document> {
    return this.until(() => this.document(user), fits, timeout)
  }

  /** Asks until the answer fits; rejects, with the last one, when that takes too long (milliseconds). */
  async until<Value>(ask: () => Promise<Value>, fits: (value: Value) => boolean, timeout = PATIENCE): Promise<Value> {
    const end = performance.now() + timeout
    for (;;) {
      const value = await ask()
      if (fits(value)) return value
      if (performance.now() > end) {
        const log = this.logLines.slice(-20).join('\n')
        throw new Error(`not within ${timeout} ms; at last ${JSON.stringify(value)}; the daemon's log:\n${log}`)
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.signal(name)
  }

  /** Ends the process and keeps its data. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit | undefined> {
    const child = this.#child
    if (child === undefined) return undefined
    const exit = await child.end(signal)
    this.#earlier.push(...child.lines)
    this.#child = undefined
    return exit
  }

  /** Ends the process and removes its data. */
  async stop(): Promise<Exit | undefined> {
    const exit = await this.end()
    this.#agent.destroy()
    rmSync(this.folder, { recursive: true, force: true })
    return exit
  }
}

function succeeded(answer: Answer): Answer {
  if (answer.status !== 200) throw new Error(`the daemon answered ${answer.status}: ${answer.body}`)
  return answer
}

function parsed(answer: Answer): unknown {
  return JSON.parse(succeeded(answer).body)
}
