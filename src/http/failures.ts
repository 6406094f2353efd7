// What a client is told of whatever was thrown while its request was under way.
import { randomBytes } from 'node:crypto'
import { reason, SavingError, TooManyUsersError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { Problem } from './problem.ts'
import { routeOf } from './request-meter.ts'

/** When a client should come again after a 503, in seconds. */
const RETRY_AFTER = '5'

/**
 * Causes that only the administrator can do something about go to the log, and not to the client. Both get the same request id, by which
 * one is found from the other: that which a proxy has given in X-Request-Id, or a new one.
 */
export function problemOf(error: unknown, log: Log, request: Asking): Problem {
  const problem = translated(error)
  if (problem.status < 500) return problem
  const fields = { request_id: requestId(request.headers['x-request-id']) }
  const what = `${request.method} ${routeOf(request.url)}`
  if (problem.status !== 500) log.info(`${what} was answered with ${problem.status}: ${reason(error)}`, fields)
  else {
    log.error(
      `${what} failed: ${reason(error)}; please report this as a defect, with what log_level 6 says of it`,
      fields,
    )
    if (error instanceof Error) log.debug(error.stack ?? '', fields)
  }
  return problem.with(fields)
}

/** What has to be known of a request that failed. */
export interface Asking {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, unknown>>
}

function requestId(told: unknown): string {
  return typeof told === 'string' && /^[\w.:-]{1,64}$/.test(told) ? told : randomBytes(9).toString('base64url')
}

function translated(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof SavingError) return unavailable('The presence cannot be saved now; send it again soon.')
  if (error instanceof TooManyUsersError) {
    // Coming again soon would be no use: somebody has to make room.
    const remedy = 'forget some, or ask the administrator to raise max_users'
    return new Problem(507, `${error.message}, and no more can be made; ${remedy}. Those who are known can be updated.`)
  }
  const status = statusOf(error)
  if (status !== undefined && status >= 400 && status < 500) {
    return new Problem(status, 'The request could not be understood.')
  }
  return new Problem(500, 'The daemon made a mistake; its log says more.')
}

export function unavailable(detail: string): Problem {
  return new Problem(503, detail, { headers: { 'retry-after': RETRY_AFTER } })
}

/** The status that fastify gives to its own refusals. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  return typeof error.statusCode === 'number' ? error.statusCode : undefined
}
