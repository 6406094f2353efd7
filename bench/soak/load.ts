// The requests of a soak, in a process of their own: so many a second, whatever the daemon does, in a mix of all kinds.
import { Connection } from './connection.ts'
import type { Report } from './options.ts'
import { PROBES, probeOf, sample, Tokens, userOf } from './people.ts'

const [url = '', rateGiven = '1', usersGiven = '1'] = process.argv.slice(2)
const [rate, users] = [Number(rateGiven), Number(usersGiven)]
/** So many may wait for their answer; with more the rate is not reached, and the report says so. */
const IN_FLIGHT = 256
const CONNECTIONS = 32
const TICK = 10
const STATUSES = ['available', 'busy', 'away']

const tokens = new Tokens()
const below = (limit: number): number => Math.floor(Math.random() * limit)
const pick = (): string => userOf(below(users))

let report = newReport()
let inFlight = 0
let sent = 0
const begin = performance.now()

function newReport() {
  return { requests: 0, failures: 0, reasons: [] as string[], latencies: [] as number[] }
}

interface Asked {
  readonly method: string
  readonly path: string
  readonly user: string
  readonly body?: unknown
}

const entries = (count: number) => ({
  Type: 'UserStatus',
  UserStatus: Array.from({ length: count }, () => ({ user_id: pick() })),
})
const v1 = (user: string, source = ''): string =>
  `/v1/users/${encodeURIComponent(user)}${source === '' ? '' : `/${source}`}`
const status = (): string => STATUSES[below(STATUSES.length)] ?? 'busy'

/** One of a hundred kinds. */
function draw(): Asked {
  const user = pick()
  const dice = below(100)
  if (dice < 50) return { method: 'GET', path: '/', user, body: entries(1) }
  if (dice < 55) return { method: 'GET', path: '/', user, body: entries(50) }
  if (dice < 65) return { method: 'GET', path: v1(user), user }
  if (dice < 85) {
    const UserStatus = [{ user_id: user, spreed: { status: status(), message: `says ${sent}` } }]
    return { method: 'PUT', path: '/', user, body: { Type: 'UserStatus', UserStatus } }
  }
  const message = `says ${sent}`
  if (dice < 92)
    return {
      method: 'PUT',
      path: v1(user, 'spreed'),
      user,
      body: { status: status(), message, session: `tab${below(3)}` },
    }
  if (dice < 97)
    return {
      method: 'PUT',
      path: v1(user, 'manual'),
      user,
      body: { status: status(), message, expires_in: 1 + below(120) },
    }
  if (dice < 98) return { method: 'DELETE', path: v1(user, 'manual'), user }
  if (dice < 99) return { method: 'DELETE', path: v1(user, 'spreed'), user }
  // Somebody is forgotten, and will be somebody new when they are drawn again.
  return { method: 'DELETE', path: v1(user), user }
}

/** Each takes the next request that waits when its answer has come, the first that waits first. */
const idle: Connection[] = []
const waiting: (() => void)[] = []
for (let number = 0; number < CONNECTIONS; number += 1) idle.push(new Connection(new URL(url)))

function ask({ method, path, user, body }: Asked): void {
  const text = body === undefined ? '' : JSON.stringify(body)
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${tokens.of(user)}\r\n`
  const request = `${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  const start = performance.now()
  inFlight += 1
  const begin = (): void => {
    const connection = idle.shift()
    if (connection === undefined) return void waiting.push(begin)
    connection.ask(request, (outcome) => {
      inFlight -= 1
      report.requests += 1
      sample(report.latencies, report.requests, performance.now() - start)
      if (typeof outcome === 'string' || outcome < 200 || outcome > 299) fail(`${method} ${path}: ${outcome}`)
      idle.push(connection)
      waiting.shift()?.()
    })
  }
  begin()
}

function fail(reason: string): void {
  report.failures += 1
  if (report.reasons.length < 5) report.reasons.push(reason)
}

setInterval(() => {
  const due = Math.floor(((performance.now() - begin) / 1000) * rate)
  for (; sent < due && inFlight < IN_FLIGHT; sent += 1) ask(draw())
  // What could not be sent in time is not made up for.
  sent = Math.max(sent, due)
}, TICK)

let probe = 0
setInterval(() => {
  const user = probeOf(probe % PROBES)
  probe += 1
  ask({ method: 'PUT', path: v1(user, 'spreed'), user, body: { status: 'available', message: `t=${Date.now()}` } })
}, 100)

process.on('message', () => {
  const told: Report = { ...report, delays: [], streams: 0, broken: 0, events: 0 }
  report = newReport()
  process.send?.(told)
})
process.on('disconnect', () => process.exit())
