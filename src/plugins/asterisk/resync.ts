// When everything is asked for anew: at first, then every so often, and a moment after somebody said that there is news.
import type { Cancel, Clock } from '../../core/clock.ts'

/** So long after news, so that one question answers for many of them. Milliseconds. */
export const NEWS_DELAY = 500
/** After a question that took long, the next one waits so many times as long: asking must not be all that Asterisk does. */
const REST = 4

export class Resync {
  readonly #clock: Clock
  readonly #interval: number
  readonly #learn: () => Promise<void>
  #failed: (error: Error) => void = () => {}
  #cancel: Cancel | undefined
  #running = false
  #stopped = false
  /** There was news since the last question was asked. */
  #news = false
  /** The earliest time of the next question. */
  #notBefore = 0

  /** The interval is in milliseconds. */
  constructor(clock: Clock, interval: number, learn: () => Promise<void>) {
    this.#clock = clock
    this.#interval = interval
    this.#learn = learn
  }

  /** Asks for the first time; `failed` is called once if that or a later time goes wrong, and then nothing more is asked. */
  start(failed: (error: Error) => void): void {
    this.#failed = failed
    void this.#run()
  }

  /** There is news. */
  soon(): void {
    if (this.#news) return
    this.#news = true
    if (!this.#running) this.#plan()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  #plan(): void {
    this.#cancel?.()
    if (this.#stopped) return
    const news = Math.max(NEWS_DELAY, this.#notBefore - this.#clock.now())
    this.#cancel = this.#clock.after(this.#news ? news : this.#interval, () => void this.#run())
  }

  async #run(): Promise<void> {
    if (this.#stopped || this.#running) return
    this.#running = true
    this.#news = false
    const begin = this.#clock.now()
    try {
      await this.#learn()
    } catch (error) {
      this.#stopped = true
      this.#failed(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.#running = false
    this.#notBefore = this.#clock.now() + REST * (this.#clock.now() - begin)
    this.#plan()
  }
}
