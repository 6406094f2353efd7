// One collector, run by whichever node holds its lease: taken over, run, given up.
import { reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Collector } from '../core/plugin.ts'
import type { CollectorSource } from '../core/sessions.ts'
import type { Lease } from '../core/store.ts'
import { Supervisor, type SupervisorOptions } from './supervisor.ts'

/** The pause after a failed attempt to take over, in milliseconds. */
const RETRY = 250
/** How long the end waits until what the collector has said is saved, in milliseconds. */
const LAST_WORDS = 500

export class LeasedCollector {
  readonly #source: CollectorSource
  readonly #options: SupervisorOptions
  readonly #log: Log
  #collector: Collector
  #lease: Lease | undefined
  #supervisor: Supervisor | undefined
  #loop: Promise<void> | undefined
  #stopping = false
  #wake: () => void = () => {}

  constructor(source: CollectorSource, collector: Collector, options: SupervisorOptions) {
    this.#source = source
    this.#collector = collector
    this.#options = options
    this.#log = options.log.named(source.name)
  }

  start(): void {
    if (this.#loop !== undefined) return
    const lease = this.#source.lease()
    this.#lease = lease
    // Told of a new grant as of a loss and a gain, so a session never goes on under another one.
    lease.onChange((held) => {
      if (!held) this.#lost()
      this.#wake()
    })
    this.#loop = this.#run(lease)
  }

  /** Goes on with another collector (its options have changed), at once where this node runs it. */
  restart(collector: Collector): void {
    this.#collector = collector
    this.#supervisor?.restart(collector)
  }

  /** Resolves when the collector is silent, and another node may run it. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#wake()
    await this.#loop
    await this.#lease?.release()
  }

  /** From here on nothing counts that the session says, before its code knows. */
  #lost(): void {
    if (this.#supervisor === undefined) return
    this.#supervisor.halt('the lease was lost; another node may run it')
    this.#source.standBy()
    this.#log.warn(
      'this node could not keep its lease, so its session has ended; another node takes over, or this one does. If that happens again, see whether Redis or this machine is overloaded',
    )
  }

  async #run(lease: Lease): Promise<void> {
    while (!this.#stopping) {
      const changed = new Promise<void>((resolve) => (this.#wake = resolve))
      const { fence } = lease
      if (!lease.held) {
        this.#source.standBy()
        await changed
      } else if (await this.#takeOver(fence)) {
        if (lease.held && lease.fence === fence && !this.#stopping) await this.#runUnder(changed)
      } else await this.#within(RETRY, changed)
    }
  }

  async #takeOver(fence: number): Promise<boolean> {
    const wasStandby = this.#source.info().state === 'standby'
    try {
      await this.#source.takeOver(fence)
      if (wasStandby) this.#log.info('this node runs it from now on')
      return true
    } catch (error) {
      this.#log.debug(`could not take over: ${reason(error)}`)
      return false
    }
  }

  /** Until the lease is lost, or the daemon stops. */
  async #runUnder(changed: Promise<void>): Promise<void> {
    const supervisor = new Supervisor(this.#source, this.#collector, this.#options)
    this.#supervisor = supervisor
    supervisor.start()
    await changed
    await supervisor.stop()
    this.#supervisor = undefined
    // So that the next node knows how things stand; bounded, since the store may be away.
    if (this.#lease?.held === true) await this.#within(LAST_WORDS, this.#source.saved())
  }

  /** Resolves with the promise, or after so many milliseconds. */
  async #within(time: number, promise: Promise<void>): Promise<void> {
    let cancel = (): void => {}
    const passed = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(time, resolve)
    })
    await Promise.race([promise, passed])
    cancel()
  }
}
