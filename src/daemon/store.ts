// Opens the store that presence.cfg names, and waits for one that is away.
import { setTimeout as pause } from 'node:timers/promises'
import type { Settings } from '../config/options.ts'
import { reason, SavingError, StoreAwayError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { PresenceStore } from '../core/store.ts'
import { openEmbeddedStore } from '../store/embedded.ts'

/** The pauses between two attempts, in milliseconds: doubled from the first to the last, with jitter. */
const FIRST_PAUSE = 1_000
const LAST_PAUSE = 5_000

/** Redis is loaded only when it is used. The password is asked for at every connection. */
export async function openStore(
  settings: Settings,
  password: () => string | undefined,
  log: Log,
): Promise<PresenceStore> {
  const { redis_url: url, redis_ca_file: caFile } = settings
  if (settings.store === 'embedded' || url === undefined) {
    return await openEmbeddedStore({ path: settings.data_path, sync: settings.store_sync, log })
  }
  const { openRedisStore } = await import('../store/redis.ts')
  return await openRedisStore({
    ...{ url, password, prefix: settings.redis_prefix, waitReplicas: settings.redis_wait_replicas, log },
    ...(caFile !== undefined && { caFile }),
  })
}

interface Waiting<Result> {
  readonly ended: Promise<unknown>
  readonly log: Log
  /** Called after each attempt that has failed. */
  waits(why: string): void
  undo(result: Result): Promise<void>
}

/**
 * Does what needs the store, again and again while that is away: several machines may start in any order, and the one with Redis last.
 * Undefined when the daemon was told to end meanwhile; what came of it nevertheless is undone. Throws whatever trying again can't
 * help against.
 */
export async function onceThere<Result>(
  act: () => Promise<Result>,
  parts: Waiting<Result>,
): Promise<Result | undefined> {
  const { log, waits, undo } = parts
  const ending = new AbortController()
  const ended = parts.ended.then(() => ending.abort())
  let told: string | undefined
  for (let wait = FIRST_PAUSE; !ending.signal.aborted; wait = Math.min(2 * wait, LAST_PAUSE)) {
    const made = act()
    try {
      const result = await Promise.race([made.then((value) => ({ value })), ended])
      if (result !== undefined) return result.value
      void made.then(undo).catch(() => {})
    } catch (error) {
      if (!(error instanceof StoreAwayError || error instanceof SavingError)) throw error
      const why = reason(error)
      const next = wait * (0.75 + Math.random() / 4)
      const text = `${why}; the daemon waits for it, and tries again in ${(next / 1000).toFixed(1)} s`
      if (why === told) log.info(text)
      else log.error(text)
      told = why
      waits(why)
      await pause(next, undefined, { signal: ending.signal }).catch(() => {})
    }
  }
  return undefined
}
