// The time, as an argument: one monotonic clock for everything that the core decides.

/** Ends a timer; harmless when it already went off. */
export type Cancel = () => void

/** The times that the daemon goes by; a plugin takes no other. */
export interface Clock {
  /** Epoch milliseconds when the daemon started plus the monotonic time since: never jumps while running. */
  now(): number
  /** Epoch milliseconds of the wall clock, which may jump: for tokens and for what people read. */
  wall(): number
  /**
   * How far the wall clock is ahead of `now`, in milliseconds: what has to be added to a time of this clock for people to read. Steady
   * while the clocks only creep apart, so that one moment is always told as the same time; follows when the wall clock is set.
   */
  lead(): number
  /** Calls back once, after so many milliseconds or as soon as possible. Doesn't keep the process alive. */
  after(milliseconds: number, callback: () => void): Cancel
}

/** So far the clocks may creep apart before `lead` follows, in milliseconds. */
export const CREEP = 1_000

/** The longest delay that Node's timers take, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * The machine's clock. The daemon's time starts so many milliseconds behind the wall's (see signs-of-life.ts). Where several nodes share
 * a time, `ahead` tells by how much that is ahead of this machine's wall clock, which then counts for nothing.
 */
export function systemClock(behind = 0, ahead: () => number = () => 0): Clock {
  const wall = (): number => Date.now() + ahead()
  const origin = wall() - performance.now() - behind
  const now = (): number => Math.round(origin + performance.now())
  let lead = behind
  return {
    now,
    wall,
    lead() {
      const found = wall() - now()
      if (Math.abs(found - lead) > CREEP) lead = found
      return lead
    },
    after(milliseconds, callback) {
      const timer = setTimeout(callback, Math.min(Math.max(milliseconds, 0), LONGEST_TIMER))
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}
