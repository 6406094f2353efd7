// A time limit for everything that waits for the server.
import type { Clock } from '../../core/clock.ts'

/** How long the connection and the TLS handshake may take, each, in milliseconds. */
export const STEP = 10_000
/** How long the login may take from the first line on, in milliseconds: servers look up names before they answer. */
export const LOGIN = 40_000

/** The outcome of the work, or an error that says what was being waited for. */
export async function inTime<T>(clock: Clock, milliseconds: number, waitingFor: string, work: Promise<T>): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(milliseconds, () => {
      reject(new Error(`no answer within ${milliseconds / 1000} s while waiting for ${waitingFor}`))
    })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    cancel()
  }
}
