// The requests of the measurements: who is asked for, by how many connections, and what is published.
import { type Server, token } from './servers.ts'
import type { Bodies } from './wrk.ts'

/** So many users are known. */
export const USERS = 10_000
/** So many different requests are sent in turn, as clients do who ask for the same people again. */
const VARIETY = 200

export interface Work {
  readonly method: 'GET' | 'PUT'
  /** In each request. */
  readonly users: number
  readonly connections: number
  /** No question comes twice. */
  readonly fresh?: boolean
}

export function nameOf({ method, users, connections, fresh = false }: Work): string {
  return `${method} of ${users}${fresh ? ', never the same' : ''}, ${connections} connection${connections === 1 ? '' : 's'}`
}

export function userId(number: number): string {
  return `u${String(number % USERS).padStart(7, '0')}@example.com`
}

/** One message in ten is the user's own. */
function entryOf(number: number, method: Work['method']): unknown {
  const user_id = userId(number)
  if (method === 'GET') return { user_id }
  const message = number % 10 === 0 ? `message ${number}` : ''
  return { user_id, spreed: { status: number % 3 === 0 ? 'away' : 'available', message } }
}

function bodyOf(entries: readonly unknown[]): string {
  return JSON.stringify({ AuthenticationToken: token(), Type: 'UserStatus', UserStatus: entries })
}

export function bodiesOf({ method, users, fresh = false }: Work): Bodies {
  if (fresh) {
    const [begin = '', end = ''] = bodyOf(['here']).split('"here"')
    const parts = Array.from({ length: USERS }, (_, index) => JSON.stringify(entryOf(index, method)))
    return { begin, parts, count: users, end }
  }
  return Array.from({ length: VARIETY }, (_, turn) =>
    bodyOf(Array.from({ length: users }, (_, index) => entryOf(turn * 7919 + index, method))),
  )
}

/** Publishes something of everybody. */
export async function fill({ url }: Server): Promise<void> {
  for (let first = 0; first < USERS; first += 1000) {
    const entries = Array.from({ length: 1000 }, (_, index) => entryOf(first + index, 'PUT'))
    const answer = await fetch(url, { method: 'PUT', body: bodyOf(entries) })
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
  }
}
