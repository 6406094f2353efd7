// Settings of Redis: how one is asked for, and which are told at the start since presence could vanish under them.
import type { Log } from '../../core/log.ts'
import { listOf } from './news.ts'
import type { Servers } from './servers.ts'

/** Warns of what is not as it should be, as far as this user may ask. */
export async function warnOfSettings(servers: Servers, log: Log): Promise<void> {
  for (const { shards } of servers.masters) {
    const [shard = 0] = shards
    const ask = (name: string) => settingOf(name, (command) => servers.send(shard, command).catch(() => []))
    const policy = await ask('maxmemory-policy')
    if (policy !== undefined && policy !== 'noeviction') {
      log.warn(
        `Redis has maxmemory-policy ${policy}: it may drop presence when its memory is full; set it to noeviction in redis.conf`,
      )
    }
    const [appendonly, snapshots] = [await ask('appendonly'), await ask('save')]
    if (appendonly === 'no' && snapshots === '') {
      log.warn(
        'Redis keeps nothing on its disk (appendonly no, save ""): its end takes all presence with it; set appendonly yes in redis.conf',
      )
    }
  }
}

/** The value of a setting; undefined where the answer has none. */
export async function settingOf(
  name: string,
  ask: (command: readonly string[]) => Promise<unknown>,
): Promise<string | undefined> {
  const [, value] = listOf(await ask(['CONFIG', 'GET', name]))
  return value === undefined ? undefined : String(value)
}
