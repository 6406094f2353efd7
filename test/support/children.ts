// Child processes of tests: wait for a line, collect the output, end each by its own pid, leave none behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** How a child ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Child {
  readonly pid: number
  /** Every whole line that it wrote to stdout or stderr so far. */
  readonly lines: readonly string[]
  /** The first line from `after` on that matches, waiting for it if need be; rejects when the child ends before or time is up. */
  waitForLine(pattern: RegExp, options?: { after?: number; timeout?: number }): Promise<RegExpExecArray>
  readonly exited: Promise<Exit>
  running(): boolean
  /** Sends a signal to this one process. */
  signal(name: NodeJS.Signals): void
  /** Sends a signal (default SIGTERM), SIGKILL if that takes longer than `timeout` milliseconds, and waits for the end. */
  end(name?: NodeJS.Signals, timeout?: number): Promise<Exit>
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

const DEFAULT_TIMEOUT = 20_000
const alive = new Set<ChildProcess>()
let cleaningUp = false

/** No child outlives the test process, however it ends (but by SIGKILL). */
function cleanUpAtExit(): void {
  if (cleaningUp) return
  cleaningUp = true
  process.on('exit', () => {
    for (const child of alive) child.kill('SIGKILL')
  })
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => process.exit(1))
}

/** Starts a program, with the environment of the test process and what `env` adds. */
export async function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Promise<Child> {
  cleanUpAtExit()
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await once(child, 'spawn')
  alive.add(child)
  const lines: string[] = []
  const watchers = new Set<() => void>()
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      alive.delete(child)
      resolve({ code, signal })
      for (const tell of [...watchers]) tell()
    })
  })
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts)
      for (const tell of [...watchers]) tell()
    })
  }
  const running = () => child.exitCode === null && child.signalCode === null
  const name = `${command} (pid ${child.pid})`

  return {
    pid: child.pid ?? 0,
    lines,
    exited,
    running,
    signal: (signal) => void child.kill(signal),
    waitForLine(pattern, { after = 0, timeout = DEFAULT_TIMEOUT } = {}) {
      return new Promise((resolve, reject) => {
        let next = after
        const timer = setTimeout(() => finish(new Error(`no line ${pattern} within ${timeout} ms`)), timeout)
        const look = () => {
          for (; next < lines.length; next++) {
            const match = pattern.exec(lines[next] ?? '')
            if (match !== null) return finish(match)
          }
          if (!alive.has(child)) finish(new Error(`it ended without a line ${pattern}`))
        }
        const finish = (outcome: RegExpExecArray | Error) => {
          clearTimeout(timer)
          watchers.delete(look)
          if (outcome instanceof Error) {
            reject(new Error(`${name}: ${outcome.message}; it said:\n${lines.slice(-30).join('\n')}`))
          } else resolve(outcome)
        }
        watchers.add(look)
        look()
      })
    },
    async end(signal = 'SIGTERM', timeout = 10_000) {
      if (running()) child.kill(signal)
      const timer = setTimeout(() => child.kill('SIGKILL'), timeout)
      const exit = await exited
      clearTimeout(timer)
      return exit
    },
  }
}

/** Runs a program to its end; rejects, with what it said, unless it exits with 0. */
export async function runToEnd(command: string, args: readonly string[], options: ChildOptions = {}): Promise<string> {
  const child = await startChild(command, args, options)
  const { code, signal } = await child.exited
  const said = child.lines.join('\n')
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}:\n${said}`)
  return said
}
