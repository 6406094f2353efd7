// The store of presence.cfg in the hands of a command: while no daemon has it, or beside those that share it.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Settings } from '../config/options.ts'
import { CREEP } from '../core/clock.ts'
import { ConfigError } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import { savedLead } from '../core/saved-clock.ts'
import type { PresenceStore } from '../core/store.ts'
import { boot } from '../system/boot.ts'
import { prepareDirectories } from '../system/directories.ts'
import { giveTo } from '../system/ownership.ts'
import { accountOf } from '../system/privileges.ts'
import { openStore } from './store.ts'

export interface OfflineStore {
  readonly store: PresenceStore
  /** How far the wall clock of this machine is ahead of the store's times, in milliseconds. */
  lead(): number
  close(): Promise<void>
}

/** Opens it; makes it, too, where that is asked for. Throws ConfigError, FatalError (of a folder in use FolderInUseError) or StoreAwayError. */
export async function openOffline(settings: Settings, { make }: { readonly make: boolean }): Promise<OfflineStore> {
  const isEmbedded = settings.store === 'embedded'
  const end = async (store: PresenceStore | undefined): Promise<void> => {
    try {
      await store?.close()
    } finally {
      if (isEmbedded) giveBack(settings)
    }
  }
  let store: PresenceStore | undefined
  try {
    if (isEmbedded) prepareFolder(settings, make)
    const opened = await openStore(settings, () => settings.redis_password, silentLog)
    store = opened
    const behind = isEmbedded ? savedLead(await opened.records(), boot(), Date.now()) : 0
    return {
      store: opened,
      // So that a moment is told as the same time before and after.
      lead: () => (Math.abs(opened.clockOffset) > CREEP ? behind - opened.clockOffset : behind),
      close: () => end(opened),
    }
  } catch (error) {
    // What went wrong first is what counts.
    await end(store).catch(() => {})
    throw error
  }
}

function prepareFolder({ data_path: path }: Settings, make: boolean): void {
  if (make) prepareDirectories([{ path, option: 'data_path' }])
  else if (!existsSync(join(resolve(path), 'presence.mdb'))) {
    throw new ConfigError(
      `there is no presence database in ${path}; name the presence.cfg of the daemon with -C, or run the command as its account`,
    )
  }
}

/** What root made belongs to the account of the daemon, also when opening has failed midway. */
function giveBack({ data_path: path, run_as_user: user, run_as_group: group }: Settings): void {
  const owner = accountOf(user, group)
  if (owner !== undefined) giveTo(owner, resolve(path), silentLog)
}
