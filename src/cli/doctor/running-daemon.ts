// What the doctor says of the daemon that should run: whether it answers, believes our tokens, and how its sources are.
import { createServer } from 'node:net'
import { PresenceClient, ProblemError } from '../../client/index.ts'
import { readText } from '../../client/read-text.ts'
import type { Configuration } from '../../config/configuration.ts'
import { reason } from '../../core/errors.ts'
import type { Tell } from '../../core/finding.ts'
import { excerpt } from '../../core/printable.ts'
import { type Reach, socketOf } from '../daemon-client.ts'
import type { Known } from './near-users.ts'

/** How long each answer may take, and how many users are looked at. Milliseconds. */
const PATIENCE = 10_000
/** A daemon's sign of life is shorter, in bytes; whatever else answers may be endless. */
const LONGEST = 1024
const USERS = 50_000

/** Whoever is asked. */
export interface Asked {
  readonly settings: Configuration['settings']
  readonly reach: Reach
  /** As whom it is asked. */
  readonly as: string
  now(): number
}

/** The users whom the daemon knows; undefined when none answers, or not to us. */
export async function onDaemon(asked: Asked, tell: Tell): Promise<readonly Known[] | undefined> {
  const { settings, reach, as, now } = asked
  const options = reach.optionsFor(as)
  const fetch = options.surroundings?.fetch ?? globalThis.fetch
  const base = String(options.url).replace(/\/$/, '')
  const ask = (path: string) => fetch(`${base}/${path}`, { signal: AbortSignal.timeout(PATIENCE), redirect: 'manual' })
  const shown = reach.url ?? settings.server_bind
  let alive: Response
  try {
    alive = await ask('healthz')
  } catch (error) {
    await onNobody(settings, shown, error, tell)
    return undefined
  }
  const said = await readText(alive, AbortSignal.timeout(PATIENCE), LONGEST).catch(() => '')
  if (said !== '{"status":"alive"}') {
    const text = `something answers at ${shown} that is no presence daemon; stop it, or choose another port`
    tell({ level: 'error', text, option: 'server_port' })
    return undefined
  }
  tell({ level: 'ok', text: `the daemon answers at ${shown}` })
  onDate(alive.headers.get('date'), settings.server_token_expire, now(), tell)
  try {
    const client = new PresenceClient(options)
    const { sources } = await client.sources()
    for (const { name, state, detail } of sources) {
      if (state === 'settled' || state === 'ready' || state === 'standby') continue
      const text = `the running daemon has the source ${name} ${state}: ${excerpt(detail ?? 'see its log', 500)}`
      tell({ level: state === 'lost' ? 'error' : 'warning', text })
    }
    return await usersOf(client)
  } catch (error) {
    const isRefused = error instanceof ProblemError && error.problem.status === 401
    const remedy = isRefused
      ? 'its secret is another one: restart it or send SIGHUP after a change; with a credential of systemd set CREDENTIALS_DIRECTORY (docs/operating.md)'
      : 'see its log'
    const text = `the daemon does not answer our questions: ${excerpt(reason(error), 300)}; ${remedy}`
    tell({ level: 'error', text, ...(isRefused && { option: 'server_secret_key' }) })
    return undefined
  }
}

/** Its clock dates the tokens that it takes: half of their life is the most that may be off. */
export function onDate(date: string | null, expireMinutes: number, now: number, tell: Tell): void {
  const told = Date.parse(date ?? '')
  if (Number.isNaN(told)) return
  const skew = told - now
  if (Math.abs(skew) <= (expireMinutes * 60_000) / 2) return
  const minutes = Math.round(Math.abs(skew) / 60_000)
  const text = `the daemon's clock is ${minutes} minutes ${skew > 0 ? 'ahead of' : 'behind'} this one, so tokens that are made here look ${skew > 0 ? 'old' : 'too new'} there; set both by NTP`
  tell({ level: 'error', text, option: 'server_token_expire' })
}

async function onNobody(settings: Configuration['settings'], shown: string, error: unknown, tell: Tell): Promise<void> {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (!['ECONNREFUSED', 'ENOENT'].includes(code)) {
    const text = `the daemon does not answer at ${shown} (${excerpt(reason(cause), 200)}); if something else has the port, stop that or choose another`
    tell({ level: 'error', text, option: 'server_port' })
    return
  }
  tell({ level: 'warning', text: `no daemon runs at ${shown}; start it (systemctl start kopano-presence)` })
  if (socketOf(settings.server_bind) !== undefined) return
  const refusal = await listenRefusal(settings)
  if (refusal === undefined) tell({ level: 'ok', text: `the address ${shown} is free` })
  else tell({ level: 'error', text: refusal, option: 'server_bind' })
}

/** Why nobody could listen there; undefined when it works, which is tried for a moment. */
function listenRefusal({
  server_bind: host,
  server_port: port,
}: Configuration['settings']): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      // The daemon listens before it gives up root's rights.
      const isOurs = error.code === 'EACCES' && process.geteuid?.() !== 0
      resolve(
        isOurs
          ? undefined
          : `nobody can listen on ${host} port ${port} (${error.code}); correct server_bind or server_port`,
      )
    })
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

async function usersOf(client: PresenceClient): Promise<readonly Known[]> {
  const users: Known[] = []
  const signal = AbortSignal.timeout(PATIENCE)
  for await (const event of client.watch(undefined, { signal })) {
    if (event.type !== 'presence' || users.length >= USERS) break
    users.push({ userId: event.document.user_id, sources: Object.keys(event.document.sources) })
  }
  return users
}
