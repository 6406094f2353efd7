// How long to wait before the next attempt: longer each time, and never everybody at once.
import { ProblemError } from './errors.ts'
import type { Surroundings } from './surroundings.ts'

const FIRST = 1_000
const LONGEST = 30_000
/** The longest pause that a daemon may ask for. */
const LONGEST_ASKED = 600_000

export class Backoff {
  readonly #random: () => number
  #failures = 0

  constructor(random: () => number) {
    this.#random = random
  }

  /**
   * Milliseconds until the next attempt after a failure: between half and the whole of a second, of two, of four, ..., of thirty; and never
   * sooner than the daemon asked with Retry-After.
   */
  next(error: unknown): number {
    const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.min(this.#failures, 10))
    this.#failures += 1
    const spread = (ceiling / 2) * this.#random()
    const asked = error instanceof ProblemError ? (error.retryAfter ?? 0) * 1000 : 0
    return Math.round(Math.max(ceiling / 2, Math.min(asked, LONGEST_ASKED)) + spread)
  }

  /** It worked again. */
  reset(): void {
    this.#failures = 0
  }
}

/** Resolves after so many milliseconds, or at once when the signal comes. */
export function pause(
  milliseconds: number,
  signal: AbortSignal,
  { after }: Pick<Surroundings, 'after'>,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const finish = () => {
      cancel()
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = after(milliseconds, finish)
    signal.addEventListener('abort', finish)
  })
}
