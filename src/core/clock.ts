// The time, as an argument: one monotonic clock for everything that the core decides.

/** Ends a timer; harmless when it already went off. */
export type Cancel = () => void

export interface Clock {
  /** Epoch milliseconds when the daemon started plus the monotonic time since: never jumps while running. */
  now(): number
  /** Epoch milliseconds of the wall clock, which may jump: for tokens and for what people read. */
  wall(): number
  /** Calls back once, after so many milliseconds or as soon as possible. Doesn't keep the process alive. */
  after(milliseconds: number, callback: () => void): Cancel
}

/** The longest delay that Node's timers take, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

/** The machine's clock. The daemon's time starts so many milliseconds behind the wall's (see signs-of-life.ts). */
export function systemClock(behind = 0): Clock {
  const origin = Date.now() - performance.now() - behind
  return {
    now: () => Math.round(origin + performance.now()),
    wall: () => Date.now(),
    after(milliseconds, callback) {
      const timer = setTimeout(callback, Math.min(Math.max(milliseconds, 0), LONGEST_TIMER))
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}
