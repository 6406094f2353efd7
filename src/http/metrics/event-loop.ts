// How late the event loop is: from the first question on, since nobody pays for what nobody asks.
import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks'

/** How often it is looked, in milliseconds; so much of each measured value is no delay. */
const RESOLUTION = 20
/** Whoever asks again within so many milliseconds gets the same: several may ask, each every few seconds. */
const WINDOW = 5_000

const NANOSECONDS = 1e9

/** In seconds, since the question before. */
export interface LoopDelay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export class EventLoop {
  #histogram: IntervalHistogram | undefined
  #since = 0
  #last: LoopDelay | undefined

  /** Undefined at the first question. */
  delay(): LoopDelay | undefined {
    const now = performance.now()
    if (this.#histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
      this.#histogram.enable()
      this.#since = now
      return undefined
    }
    if (this.#last !== undefined && now - this.#since < WINDOW) return this.#last
    const histogram = this.#histogram
    const at = (percentile: number): number => seconds(histogram.percentile(percentile))
    this.#last = { p50: at(50), p99: at(99), max: at(100) }
    histogram.reset()
    this.#since = now
    return this.#last
  }

  /** For how long it has been at work since the start, in seconds. */
  busy(): number {
    return performance.eventLoopUtilization().active / 1_000
  }

  close(): void {
    this.#histogram?.disable()
    this.#histogram = undefined
  }
}

function seconds(nanoseconds: number): number {
  return Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION / 1_000)
}
