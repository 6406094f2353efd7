// What the path, the query or the body of a request asks for.
import { userIdMistake } from '../core/user-id.ts'
import { Problem } from './problem.ts'
import {
  USERS_QUERY,
  USERS_QUESTION,
  type UsersQuery,
  WATCH_QUERY,
  type WatchQuery,
  WITHDRAWAL_QUERY,
  type WithdrawalQuery,
} from './schemas.ts'
import { validator } from './validation.ts'

const checkedUsersQuery = validator(USERS_QUERY, 'query')
const checkedWithdrawalQuery = validator(WITHDRAWAL_QUERY, 'query')
const checkedWatchQuery = validator(WATCH_QUERY, 'query')

/** The body of a question for many users. */
export const checkedQuestion = validator(USERS_QUESTION, 'body')

/** The user whom a path names. */
export function checkedUserId(userId: string): string {
  const mistake = userIdMistake(userId)
  if (mistake !== undefined) throw new Problem(400, `The user id in the path ${mistake}.`)
  return userId
}

/** What the query of `GET /v1/users` asks for: certain users, or a page of those known. */
export function readUsersQuery(url: string): UsersQuery {
  const parameters = queryOf(url)
  const limit = single(parameters, 'limit')
  const query = checkedUsersQuery(
    withoutGaps({
      user_id: parameters.get('user_id'),
      domain: single(parameters, 'domain'),
      limit: limit !== undefined && /^\d+$/.test(limit) ? Number(limit) : limit,
      cursor: single(parameters, 'cursor'),
    }),
  )
  const paged = query.domain ?? query.limit ?? query.cursor
  if (query.user_id !== undefined && paged !== undefined) {
    throw new Problem(400, 'Ask for users by user_id, or for a page by domain, limit and cursor, not for both.')
  }
  return query
}

/** Whom the query of `GET /v1/watch` asks for: certain users, a domain, or, when it is empty, everybody. */
export function readWatchQuery(url: string): WatchQuery {
  const parameters = queryOf(url)
  const given = { user_id: parameters.get('user_id'), domain: single(parameters, 'domain') }
  const query = checkedWatchQuery(withoutGaps(given))
  if (query.user_id !== undefined && query.domain !== undefined) {
    throw new Problem(400, 'Ask for users or for a domain, not for both.')
  }
  return query
}

/** The query of a DELETE to one source of a user: of which session. */
export function readWithdrawalQuery(url: string): WithdrawalQuery {
  return checkedWithdrawalQuery(withoutGaps({ session: single(queryOf(url), 'session') }))
}

/** The value of a parameter that may be given once; undefined without it. */
function single(parameters: ReadonlyMap<string, readonly string[]>, name: string): string | undefined {
  const values = parameters.get(name) ?? []
  if (values.length > 1) throw new Problem(400, `The parameter ${name} may be given only once.`)
  return values[0]
}

/**
 * The parameters in a URL, in their order, as forms of web pages encode them (application/x-www-form-urlencoded of the URL
 * standard; `+` is a space). Stricter than that in one point: what is no UTF-8 is refused, lest it becomes another user.
 */
export function queryOf(url: string): ReadonlyMap<string, readonly string[]> {
  const parameters = new Map<string, string[]>()
  const start = url.indexOf('?')
  if (start < 0) return parameters
  for (const pair of url.slice(start + 1).split('&')) {
    if (pair === '') continue
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? []
    const key = decoded(name)
    const values = parameters.get(key) ?? []
    parameters.set(key, values)
    values.push(decoded(value))
  }
  return parameters
}

function withoutGaps(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function decoded(text: string): string {
  try {
    // Node gives other bytes of a URL as Latin-1, so whatever letters are meant is not certain.
    if (/^[!-~]*$/.test(text)) return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {}
  throw new Problem(400, 'The query of the address is not UTF-8 in percent-encoding.')
}
