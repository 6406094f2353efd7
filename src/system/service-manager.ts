// Tells systemd how the daemon is (sd_notify(3)): ready, reloading, stopping, and a sign of life for its watchdog.
import { type ChildProcess, spawn } from 'node:child_process'
import { type Cancel, type Clock, systemClock } from '../core/clock.ts'
import { reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { onPath } from './on-path.ts'

export interface ServiceManager {
  /** The start takes longer, since something that others run is away: there is time for as long as this is said again. */
  waiting(text: string): void
  /** Requests are answered; the text is what `systemctl status` shows. */
  ready(text: string): void
  reloading(): void
  /** Requests are answered as before, by the new presence.cfg or, when that has mistakes, by the old one. */
  reloaded(takenOver: boolean): void
  /** The last word. */
  stopping(): void
}

type Environment = Readonly<Record<string, string | undefined>>

const nobody: ServiceManager = { waiting() {}, ready() {}, reloading() {}, reloaded() {}, stopping() {} }

/**
 * Whoever started the daemon, as the environment tells; without NOTIFY_SOCKET nobody is told anything. The watchdog's sign is given by a
 * timer of the event loop every half of its time, so a daemon whose loop stands still is silent and will be started anew.
 */
export function serviceManager(environment: Environment, log: Log, clock: Clock = systemClock()): ServiceManager {
  if (!environment.NOTIFY_SOCKET) return nobody
  if (!onPath('systemd-notify')) {
    log.error(
      'systemd waits for word of the daemon, but the command systemd-notify is missing. Install it (Debian: apt-get install systemd), or write Type=exec and WatchdogSec=0 into the unit.',
    )
    return nobody
  }
  return new Systemd(environment.NOTIFY_SOCKET, watchdogTime(environment), log, clock)
}

/** After how many milliseconds without a sign of life the daemon is killed; undefined when nobody watches this process. */
function watchdogTime({ WATCHDOG_USEC: usec = '', WATCHDOG_PID: pid }: Environment): number | undefined {
  if (!/^[1-9]\d{0,15}$/.test(usec)) return undefined
  return pid === undefined || pid === String(process.pid) ? Number(usec) / 1000 : undefined
}

/**
 * Node has no Unix datagram sockets, so `systemd-notify` sends the words. A shell that is started once waits for them: when the daemon
 * is big or out of file descriptors, a process of its own for each sign of life might be what it dies of.
 */
const HELPER = `while IFS='|' read -r states text; do systemd-notify $states \${text:+"STATUS=$text"}; done`

/** Until the next attempt has failed, in microseconds: TimeoutStartSec of the unit, from each word on. */
const MORE_TIME = 300_000_000

class Systemd implements ServiceManager {
  readonly #socket: string
  readonly #interval: number | undefined
  readonly #log: Log
  readonly #clock: Clock
  #helper: ChildProcess | undefined
  #next: Cancel | undefined
  #text = ''
  #told = false

  constructor(socket: string, watchdogTime: number | undefined, log: Log, clock: Clock) {
    this.#socket = socket
    this.#interval = watchdogTime === undefined ? undefined : watchdogTime / 2
    this.#log = log
    this.#clock = clock
  }

  waiting(text: string): void {
    this.#send(`EXTEND_TIMEOUT_USEC=${MORE_TIME}`, text)
  }

  ready(text: string): void {
    this.#text = text
    this.#send('READY=1', text)
    if (this.#next === undefined) this.#lives()
  }

  reloading(): void {
    // Of the clock that systemd compares it with, CLOCK_MONOTONIC.
    this.#send(`RELOADING=1 MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`, 'reading presence.cfg')
  }

  reloaded(takenOver: boolean): void {
    this.#send('READY=1', takenOver ? this.#text : `${this.#text}; presence.cfg has mistakes, see the log`)
  }

  stopping(): void {
    this.#next?.()
    this.#send('STOPPING=1', 'stopping')
    const helper = this.#helper
    this.#helper = undefined
    helper?.stdin?.end()
  }

  #lives(): void {
    const interval = this.#interval
    if (interval === undefined) return
    this.#next = this.#clock.after(interval, () => {
      this.#send('WATCHDOG=1')
      this.#lives()
    })
  }

  #send(states: string, text = ''): void {
    this.#helper ??= this.#start()
    this.#helper.stdin?.write(`${states}|${text}\n`)
  }

  #start(): ChildProcess {
    const env = { ...process.env, NOTIFY_SOCKET: this.#socket }
    const child: ChildProcess = spawn('sh', ['-c', HELPER], { env, stdio: ['pipe', 'ignore', 'inherit'] })
    child.unref()
    child.once('error', (error) => this.#failed(child, reason(error)))
    child.once('exit', () => this.#failed(child, 'it ended'))
    // Its end tells as much.
    child.stdin?.on('error', () => {})
    return child
  }

  /** The next word starts another one. */
  #failed(child: ChildProcess, why: string): void {
    if (child !== this.#helper) return
    this.#helper = undefined
    if (this.#told) return
    this.#told = true
    this.#log.warn(
      `The shell that tells systemd how the daemon is could not go on (${why}). Another one is started; if systemd ends the daemon all the same, see "systemctl status" for what it missed.`,
    )
  }
}
