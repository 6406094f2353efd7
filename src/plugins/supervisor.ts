// One collector under supervision: runs it, and again with growing jittered delays, and stops it.
import type { Cancel, Clock } from '../core/clock.ts'
import { isFatal, reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Collector, Session } from '../core/plugin.ts'
import type { CollectorSource, OpenSession } from '../core/sessions.ts'
import { type Blamed, contain, outside } from './containment.ts'

/** The delay before the next attempt: it doubles from the first to the last, and starts over after a settled session. Milliseconds. */
export const FIRST_DELAY = 1_000
export const LAST_DELAY = 60_000
/** How long a run may take until it is connected, in milliseconds: plugins should give up long before. */
export const CONNECT_PATIENCE = 300_000
/** How long a collector may take to end after its signal, in milliseconds. */
const PATIENCE = 2_000

export interface SupervisorOptions {
  readonly clock: Clock
  readonly log: Log
  /** Between 0 and 1, as Math.random; tests say it. */
  readonly random?: () => number
}

/** Runs a collector for as long as the daemon runs. */
export class Supervisor {
  readonly #source: CollectorSource
  readonly #clock: Clock
  readonly #log: Log
  readonly #random: () => number
  #collector: Collector
  #abort = new AbortController()
  /** Told of what the code of the running collector throws out of turn. */
  #blamed: Blamed = () => {}
  #loop: Promise<void> | undefined
  #wake: (() => void) | undefined
  #session: OpenSession | undefined
  #restarting = false
  #stopping = false
  #delay = FIRST_DELAY
  /** The last trouble that the log has told, so that it is told once. */
  #told: string | undefined

  constructor(source: CollectorSource, collector: Collector, { clock, log, random = Math.random }: SupervisorOptions) {
    this.#source = source
    this.#collector = collector
    this.#clock = clock
    this.#log = log.named(source.name)
    this.#random = random
  }

  start(): void {
    this.#loop ??= this.#supervise()
  }

  /** Ends the running session, if any, and goes on at once with another collector (its options have changed). */
  restart(collector: Collector): void {
    this.#collector = collector
    this.#restarting = true
    this.#delay = FIRST_DELAY
    this.#signal()
    this.#wake?.()
  }

  /** Resolves when the collector is silent. */
  async stop(): Promise<void> {
    this.#restarting = false
    const loop = this.#loop
    this.#stopping = true
    this.#signal()
    this.#wake?.()
    await loop
  }

  /** The session ends before its collector knows; stop() has to follow. The words tell why, for `/v1/sources`. */
  halt(why: string): void {
    this.#session?.end(why)
    this.#stopping = true
    this.#signal()
    this.#wake?.()
  }

  /** Tells the run to end. Whatever hears it is the collector's code, and so is what that throws. */
  #signal(): void {
    contain(this.#blamed, () => this.#abort.abort())
  }

  async #supervise(): Promise<void> {
    while (!this.#stopping) {
      this.#abort = new AbortController()
      this.#restarting = false
      const trouble = await this.#runOnce(this.#abort.signal)
      if (this.#stopping) return
      if (this.#restarting) continue
      const delay = this.#nextDelay(trouble)
      this.#tell(trouble, delay)
      await this.#sleep(delay)
    }
  }

  /** One session; returns why it ended. */
  async #runOnce(signal: AbortSignal): Promise<unknown> {
    let trouble: Error | undefined
    const giveUp = (why: string): void => {
      trouble ??= new Error(why)
      this.#signal()
    }
    const session = this.#source.open(() => {
      giveUp('it says more than can be saved; its session was ended to protect the daemon')
    })
    this.#session = session
    const stopWaiting = this.#clock.after(CONNECT_PATIENCE, () => {
      giveUp(`it has not connected within ${CONNECT_PATIENCE / 1000} s, and was stopped`)
    })
    let over = false
    const blamed = (error: unknown): void => {
      if (over)
        this.#log.warn(
          `something that an earlier run left behind has thrown: ${reason(error)}; tell the author of the plugin`,
        )
      else giveUp(`its code has thrown out of turn: ${reason(error)}`)
    }
    this.#blamed = blamed
    const face = this.#face(session, stopWaiting, () => over)
    let ended: unknown = new Error('the connection ended')
    try {
      const run = contain(blamed, async () => this.#collector.run(face, signal))
      await orLate(run, signal, this.#clock)
    } catch (error) {
      ended = error
    }
    over = true
    stopWaiting()
    session.end(`not connected: ${reason(trouble ?? ended)}`)
    return trouble ?? ended
  }

  /** The session as the collector sees it: what it calls there is the daemon's again, and tells when trouble is over. */
  #face(session: Session, stopWaiting: Cancel, isOver: () => boolean): Session {
    let settling: boolean | undefined
    return {
      connected: (detail) => {
        stopWaiting()
        settling ??= true
        outside(() => session.connected(detail))
      },
      publish: (userId, publication) => outside(() => session.publish(userId, publication)),
      withdraw: (userId) => outside(() => session.withdraw(userId)),
      detail: (text) => outside(() => session.detail(text)),
      settled: () => {
        // What was left behind, or says it twice, is no news.
        if (isOver() || settling !== true) return
        settling = false
        outside(() => this.#settled(session))
      },
    }
  }

  #settled(session: Session): void {
    session.settled()
    this.#delay = FIRST_DELAY
    if (this.#told !== undefined) this.#log.notice('connected again, and everybody is known')
    else this.#log.info('connected, and everybody is known')
    this.#told = undefined
  }

  #nextDelay(trouble: unknown): number {
    if (isFatal(trouble)) this.#delay = LAST_DELAY
    // Spread out, so that many daemons don't come back in step.
    const delay = Math.min(this.#delay * (1 + this.#random() / 2), LAST_DELAY * (1 - this.#random() / 4))
    this.#delay = Math.min(this.#delay * 2, LAST_DELAY)
    return delay
  }

  #tell(trouble: unknown, delay: number): void {
    const why = reason(trouble)
    const next = `next attempt in ${(delay / 1000).toFixed(1)} s`
    if (why === this.#told) this.#log.info(`${why}; ${next}`)
    else if (isFatal(trouble)) this.#log.error(`${why}; ${next}`)
    else this.#log.warn(`${why}; ${next}`)
    this.#told = why
  }

  async #sleep(delay: number): Promise<void> {
    let cancel: Cancel | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      cancel = this.#clock.after(delay, resolve)
    })
    cancel?.()
    this.#wake = undefined
  }
}

/** The run's end, or a while after its signal: a collector that doesn't end is left behind, and no longer listened to. */
async function orLate(run: Promise<void>, signal: AbortSignal, clock: Clock): Promise<void> {
  let cancel: Cancel | undefined
  const late = new Promise<void>((resolve) => {
    const wait = (): void => {
      cancel = clock.after(PATIENCE, resolve)
    }
    if (signal.aborted) wait()
    else signal.addEventListener('abort', wait, { once: true })
  })
  try {
    await Promise.race([run, late])
  } finally {
    cancel?.()
  }
}
