// A time limit for everything that waits for the other side.
import type { Clock } from '../core/clock.ts'

/** Nobody answered in time. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** How long each step of a connection may take, in milliseconds. */
export const STEP = 10_000

/**
 * The outcome of the work, or a TimeoutError that says what was being waited for. Whichever comes first counts; `giveUp`
 * shall end the work when it is late.
 */
export async function inTime<T>(
  clock: Clock,
  milliseconds: number,
  waitingFor: string,
  work: Promise<T>,
  giveUp: () => void = () => {},
): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(milliseconds, () => {
      reject(tooLate(milliseconds, waitingFor))
      giveUp()
    })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    cancel()
  }
}

export function tooLate(milliseconds: number, waitingFor: string): TimeoutError {
  return new TimeoutError(`no answer within ${milliseconds / 1000} s while waiting for ${waitingFor}`)
}
