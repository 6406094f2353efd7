// Where lines go when log_method is syslog: the command `logger`, since Node has no Unix datagram sockets.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock } from '../core/clock.ts'
import { FatalError } from '../core/errors.ts'
import type { LogSink } from './log-file.ts'
import { onPath } from './on-path.ts'

/** The name under which the lines appear. */
const TAG = 'kopano-presence'
/** The longest message that logger takes, in bytes; what it would cut off could begin with a forged priority. */
const MESSAGE_LIMIT = 8192
/** The longest line that is given to it, in bytes, with its priority. */
const LINE_LIMIT = MESSAGE_LIMIT - 64
/** The lines that wait at most while logger is away or slow. */
const WAITING_LIMIT = 1000
const FIRST_DELAY = 100
const LONGEST_DELAY = 60_000
/** How long close() waits for logger to take the last lines, in milliseconds. */
const CLOSING_LIMIT = 2000

/** Sends lines to syslog. Throws FatalError when `logger` is missing. */
export function syslogSink(clock: Pick<Clock, 'now' | 'after'>): LogSink {
  if (!onPath('logger')) {
    throw new FatalError(
      'log_method = syslog needs the command logger, which is missing. Install it (on Debian: apt-get install bsdutils), or set log_method = file.',
    )
  }
  return new SyslogSink(clock)
}

class SyslogSink implements LogSink {
  readonly #clock: Pick<Clock, 'now' | 'after'>
  #child: ChildProcess | undefined
  /** With those that still send their last lines. */
  readonly #alive = new Set<ChildProcess>()
  #waiting: string[] = []
  /** Lines that a dying logger gave back. */
  #returned: string[] = []
  #lost = 0
  #delay = FIRST_DELAY
  #started = 0
  /** No logger is started before a delay is over. */
  #pausing = false
  #closing = false

  constructor(clock: Pick<Clock, 'now' | 'after'>) {
    this.#clock = clock
  }

  write(line: string, severity: number): void {
    if (this.#closing) return
    if (this.#waiting.length >= WAITING_LIMIT) {
      this.#lost += 1
      return
    }
    this.#waiting.push(cut(`<${severity}>${line}`))
    this.#flush()
  }

  /** A new logger takes over, under the account that the daemon has now; the old one ends when it has sent its lines. */
  reopen(): void {
    this.#child?.stdin?.end()
    this.#child = undefined
  }

  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    this.#pausing = false
    if (this.#waiting.length + this.#returned.length + this.#lost > 0) this.#flush()
    const children = [...this.#alive]
    const ends = children.map((child) => new Promise((resolve) => child.once('close', resolve).once('error', resolve)))
    for (const child of children) {
      child.ref()
      child.stdin?.end()
    }
    const deadline = setTimeout(() => {
      for (const child of children) child.kill('SIGKILL')
    }, CLOSING_LIMIT)
    await Promise.all(ends)
    clearTimeout(deadline)
  }

  #flush(): void {
    if (this.#pausing) return
    this.#child ??= this.#start()
    const stdin = this.#child.stdin
    if (!stdin) return
    if (this.#returned.length > 0) {
      this.#waiting.unshift(...this.#returned)
      this.#returned = []
    }
    while (this.#waiting.length > 0 && (!stdin.writableNeedDrain || this.#closing)) {
      const line = this.#waiting.shift() ?? ''
      stdin.write(`${line}\n`, (error) => {
        if (error) this.#returned.push(line)
      })
    }
    if (this.#lost > 0 && this.#waiting.length === 0) {
      stdin.write(`<4>[warning] ${this.#lost} lines were lost, since syslog did not take them in time\n`)
      this.#lost = 0
    }
  }

  #start(): ChildProcess {
    const args = [
      '-t',
      TAG,
      `--id=${process.pid}`,
      '-p',
      'daemon.info',
      '--prio-prefix',
      '--size',
      String(MESSAGE_LIMIT),
    ]
    // In a process group of its own, so that Ctrl-C in a terminal doesn't take it before the last lines.
    const child: ChildProcess = spawn('logger', args, { stdio: ['pipe', 'ignore', 'inherit'], detached: true })
    this.#started = this.#clock.now()
    this.#alive.add(child)
    child.unref()
    // Without a free descriptor there is no process and no stdin either.
    child.stdin?.on('error', () => {})
    child.stdin?.on('drain', () => {
      if (child === this.#child) this.#flush()
    })
    for (const event of ['error', 'close']) {
      child.on(event, () => {
        this.#alive.delete(child)
        if (child === this.#child) this.#ended()
      })
    }
    return child
  }

  #ended(): void {
    this.#child = undefined
    if (this.#closing) return
    // One that had lived for long was only unlucky; one that ended at once can't reach syslog, and soon again it can't either.
    if (this.#clock.now() - this.#started > LONGEST_DELAY) this.#delay = FIRST_DELAY
    this.#pausing = true
    this.#clock.after(this.#delay, () => {
      this.#pausing = false
      if (this.#waiting.length + this.#returned.length > 0) this.#flush()
    })
    this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY)
  }
}

/** Shortens a line to what logger takes in one piece, never in the middle of a character. */
function cut(line: string): string {
  // Four bytes a character at most: the cheap test decides nearly always.
  if (line.length * 4 <= LINE_LIMIT) return line
  const bytes = Buffer.from(line)
  if (bytes.length <= LINE_LIMIT) return line
  return `${bytes
    .subarray(0, LINE_LIMIT)
    .toString()
    .replace(/\uFFFD$/, '')} ...`
}
