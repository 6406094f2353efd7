// What only the rooms of the daemon can examine for the doctor: the store, and what the sources connect to.
import { resolve } from 'node:path'
import type { Configuration } from '../config/configuration.ts'
import { reason } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import { installContainment } from '../plugins/containment.ts'
import { diagnoseSources } from '../plugins/diagnosis.ts'
import { examineFolder, type Owner } from '../store/examine-folder.ts'
import { findAccount } from '../system/accounts.ts'

/** Tells what it finds as it comes, each with what it is about. Never rejects; ends within half a minute. */
export async function examine(
  { settings, plugins, userMap }: Configuration,
  tell: (about: string, finding: Finding) => void,
): Promise<void> {
  installContainment()
  const onStore = (finding: Finding): void => tell('store', finding)
  const failed = (error: unknown): void =>
    onStore({ level: 'error', text: `it could not be examined: ${reason(error)}` })
  const folder = examineFolder(resolve(settings.data_path), ownerOf(settings.run_as_user), onStore)
  const shared = settings.store === 'redis' ? examineShared(settings, onStore) : undefined
  await Promise.all([folder.catch(failed), shared?.catch(failed), diagnoseSources(plugins, userMap, tell)])
}

/** Redis is loaded only where it is used. */
async function examineShared(settings: Configuration['settings'], tell: (finding: Finding) => void): Promise<void> {
  const { redis_url: url, redis_password: password, redis_ca_file: caFile } = settings
  if (url === undefined) return
  const { examineRedis } = await import('../store/examine-redis.ts')
  const waitReplicas = settings.redis_wait_replicas
  await examineRedis(
    {
      ...{ url, prefix: settings.redis_prefix, waitReplicas, password: () => password },
      ...(caFile !== undefined && { caFile }),
    },
    Date.now,
    tell,
  )
}

/** As whom the daemon runs when root starts it. */
function ownerOf(user: string | undefined): Owner | undefined {
  if (user === undefined || process.geteuid?.() !== 0) return undefined
  return findAccount(user)
}
